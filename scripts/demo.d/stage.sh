# shellcheck shell=bash
# The stage of scripts/demo: private servers in a temporary folder, and words to look at them with. Sourced by it.
# Whatever ends the demo, even kill -9, ends what it started.

stage=$(mktemp -d "${TMPDIR:-/tmp}/dormouse-demo-XXXXXX")
program=${DORMOUSE_PROGRAM:-$root/build/release/dormouse}
config=$stage/dormouse.yaml
intake='dormouse:{demo}:in'
grant_key=$(openssl rand -hex 24)
companion_key=$(openssl rand -hex 24)
wallet_key=$(openssl rand -hex 24)
licence_secret=$(openssl rand -hex 24)
started=()      # process ids, in order of their start
redis_pid=
worker_pid=
bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; fi

end() {
  local code=$? pid i
  trap - EXIT INT TERM HUP
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do kill "${started[i]}" 2>/dev/null || true; done
  for pid in "${started[@]}"; do
    # A server that does not go by itself is not waited for.
    timeout 10 tail --pid="$pid" -s 0.1 -f /dev/null 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
  done
  rm -rf "$stage"
  exit "$code"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step() { printf '\n%s== %s%s\n' "$bold" "$1" "$plain"; }
say() { printf '%s\n' "$1"; }
give_up() { printf '\ndemo: %s\n' "$1" >&2; exit 1; }

# expect WHAT ACTUAL WANTED
expect() {
  [ "$2" = "$3" ] || give_up "$1: expected $3, got '$2'"
  printf '  ✓ %s: %s\n' "$1" "$3"
}

# await WHAT SECONDS COMMAND…: asks until it is true; other processes give nothing to wait for
await() {
  local what=$1 seconds=$2 from=$SECONDS
  shift 2
  until "$@"; do
    if ((SECONDS - from > seconds)); then
      tail -n 8 "$stage"/*.log >&2
      give_up "it did not happen in $seconds s that $what"
    fi
    sleep 0.1
  done
  printf '  ✓ %s\n' "$what"
}

# run_server NAME COMMAND…: in the background, with a log; its process id in $!
run_server() {
  local name=$1
  shift
  setpriv --pdeathsig TERM -- "$@" </dev/null >>"$stage/$name.log" 2>&1 &
  started+=($!)
}

quietly() {
  "$@" >"$stage/out" 2>&1 || { cat "$stage/out" >&2; give_up "this failed: $*"; }
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

build() {
  quietly "$root/scripts/setup"
  [ -z "${DORMOUSE_PROGRAM-}" ] || return 0
  say "The first time this takes some minutes."
  (cd "$root" && quietly cmake --preset release && quietly cmake --build build/release --target dormouse)
}

# --- servers -----------------------------------------------------------------------------------------------------

redis() { redis-cli -s "$stage/redis.sock" "$@"; }
redis_answers() { [ "$(redis PING 2>/dev/null)" = PONG ]; }
start_redis() {
  run_server redis redis-server --port 0 --unixsocket "$stage/redis.sock" --dir "$stage" --save '' \
    --appendonly yes --maxmemory-policy noeviction
  redis_pid=$!
  await "Redis answers" 20 redis_answers
}
stop_redis() {
  kill "$redis_pid"
  wait "$redis_pid" || true
}
intake_length() { redis LLEN "$intake"; }

sql() { mariadb --no-defaults --socket="$stage/mysqld.sock" --user=root --batch --skip-column-names wordpress -e "$1"; }
table() { mariadb --no-defaults --socket="$stage/mysqld.sock" --user=root --table wordpress -e "$1"; }
mariadb_answers() { mariadb --no-defaults --socket="$stage/mysqld.sock" --user=root -e 'SELECT 1' >/dev/null 2>&1; }
start_mariadb() {
  local as=()
  [ "$(id -u)" != 0 ] || as=(--user=root)
  quietly mariadb-install-db --no-defaults --datadir="$stage/mysql" --auth-root-authentication-method=normal \
    --skip-test-db "${as[@]}"
  mkdir "$stage/mysql-tmp"
  run_server mariadb mariadbd --no-defaults --datadir="$stage/mysql" --tmpdir="$stage/mysql-tmp" "${as[@]}" \
    --socket="$stage/mysqld.sock" --pid-file="$stage/mysqld.pid" --skip-networking
  await "MariaDB answers" 60 mariadb_answers
}

receivers_are_up() { [ -s "$stage/receivers.json" ]; }
start_receivers() {
  run_server receivers python3 "$root/tests/zoo/receiver_zoo.py" --log "$stage/requests.jsonl" \
    --ready-file "$stage/receivers.json"
  await "the receivers listen" 20 receivers_are_up
  receivers_port=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["http"])' "$stage/receivers.json")
  receivers_url=http://127.0.0.1:$receivers_port
}

doubles_are_up() { [ -s "$stage/wallet.port" ] && [ -s "$stage/licence.port" ]; }
start_doubles() {
  run_server wallet python3 "$root/tests/doubles/wallet.py" --key "$wallet_key" --port-file "$stage/wallet.port"
  run_server licence python3 "$root/tests/doubles/licence.py" --secret "$licence_secret" --port-file "$stage/licence.port"
  await "a wallet and a licence server listen" 20 doubles_are_up
  wallet_port=$(<"$stage/wallet.port") licence_port=$(<"$stage/licence.port")
}

mail_server_is_up() { [ -s "$stage/mail/ready.json" ]; }
start_mail_server() {
  mkdir "$stage/mail"
  run_server mail-server /usr/bin/python3 "$root/tests/mail/smtp_server.py" --folder "$stage/mail"
  await "a mail server listens" 20 mail_server_is_up
  mail_port=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["plain"])' "$stage/mail/ready.json")
}

install_wordpress() {
  site_port=$(free_port)
  site_url=http://127.0.0.1:$site_port
  signing_key=$(openssl rand -hex 32)
  # A value is JSON: a key would be a number if it looked like one.
  quietly php "$root/tests/support/wordpress/install.php" --dir="$stage/site" --socket="$stage/mysqld.sock" \
    --url="$site_url" --hooks=seed --plugins=dormouse,member-luxe,mbl-certificates,woocommerce-subscriptions \
    --define=MEMBER_LUXE_KEYS_PER_LEVEL=0 --define=DORMOUSE_SITE=demo \
    --define=DORMOUSE_REDIS_PATH="$stage/redis.sock" --define=DORMOUSE_REDIS_PAUSE=1 \
    --define=DORMOUSE_KEY_ID=wordpress --define=DORMOUSE_KEY="\"$signing_key\"" \
    --define=DORMOUSE_GRANT_KEY="\"$grant_key\"" --define=DORMOUSE_COMPANION_KEY="\"$companion_key\""
  cp "$root/scripts/demo.d/shop.php" "$stage/site/wp-content/mu-plugins/"
}
site_answers() { [ "$(http_status "$site_url/")" = 200 ]; }
start_web_server() {
  run_server php php -d opcache.lockfile_path="$stage" -S "127.0.0.1:$site_port" -t "$stage/site" "$root/tests/support/wordpress/router.php"
  await "the site answers" 30 site_answers
}
wp_run() { php "$root/tests/support/wordpress/wp-run.php" "$stage/site" "$@"; }
http_status() { curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' "$1" || true; }

# add_hook NAME PATH SECRET
add_hook() {
  sql "INSERT INTO wp_memberlux_hook (name, url, event, is_active, secret)
       VALUES ('$1', '$receivers_url$2', 'wpm_update_user_key_dates', 1, '$3')"
}

# --- Dormouse ----------------------------------------------------------------------------------------------------

write_config() {
  local password
  password=$(openssl rand -hex 16)
  # The account that is shipped, with no more rights than the worker needs.
  sed -e "s/@PASSWORD@/$password/" -e '/^-- shape 2/,$d' "$root/systemd/dormouse-grants.sql" >"$stage/grants.sql"
  sql "source $stage/grants.sql"
  sql "source $root/systemd/dormouse-grants-students.sql"
  admin_url=http://127.0.0.1:$(free_port)
  scheduler_url=http://127.0.0.1:$(free_port)
  (umask 077 && cat >"$config") <<YAML
site:
  name: demo
  database: {socket: '$stage/mysqld.sock', user: dormouse, password: $password}
  companion: {url: '$site_url/wp-json', key: $companion_key}
redis: {url: 'unix://$stage/redis.sock'}
queue:
  signing_keys:
    - {id: wordpress, key: $signing_key}
net: {allow_http: true, allow_private: [127.0.0.0/8], ports: [$receivers_port, $site_port, $wallet_port, $licence_port]}
admin: {listen: '${admin_url#http://}'}
scheduler:
  listen: '${scheduler_url#http://}'
  reminders: {window: '00:00-24:00'}
YAML
  kinds_section >>"$config"
}

kinds_section() {
  cat <<YAML
kinds:
  grant: {url: '$site_url/wp-json/mlgb/v1/grant', key: $grant_key}
  licence: {url: 'http://127.0.0.1:$licence_port', secret: $licence_secret, audit_log: '$stage/period-push.log'}
  wallet-charge: {url: 'http://127.0.0.1:$wallet_port', key: $wallet_key}
  reminder-email:
    {host: 127.0.0.1, port: $mail_port, tls: none, from: school@example.test, from_name: School}
YAML
}

# Shows the command and runs it.
run_dormouse() {
  printf '%s$ dormouse %s%s\n' "$bold" "$*" "$plain"
  "$program" --config "$config" "$@" || give_up "\`dormouse $*\` failed"
}
worker_is_ready() { [ "$(http_status "$admin_url/readyz")" = 200 ]; }
start_worker() {
  run_server worker "$program" worker --config "$config"
  worker_pid=$!
  await "the worker is ready" 20 worker_is_ready
}
# stop_service NAME PID
stop_service() {
  kill "$2"
  local code=0
  wait "$2" || code=$?
  expect "the $1's exit code" "$code" 0
}

scheduler_is_ready() { [ "$(http_status "$scheduler_url/readyz")" = 200 ]; }
start_scheduler() {
  run_server scheduler "$program" scheduler --config "$config"
  scheduler_pid=$!
  await "the scheduler is ready" 20 scheduler_is_ready
}

# deliveries_are CONDITION COUNT
deliveries_are() { [ "$(sql "SELECT COUNT(*) FROM wp_dormouse_delivery WHERE $1")" = "$2" ]; }
deliveries_table() {
  table "SELECT h.name AS hook, RIGHT(d.job_id, 6) AS '…job', d.attempt, d.response_code AS answer, d.state,
           d.reason AS why, IF(d.next_at IS NULL, '', CONCAT('after ', ROUND((d.next_at - d.created_at) / 1000, 1), ' s')) AS again,
           d.duration_ms AS ms
         FROM wp_dormouse_delivery d JOIN wp_memberlux_hook h ON h.id = d.hook_id ORDER BY d.id"
}
outbox_is_emptied_by_visits() {
  site_answers && [ "$(sql 'SELECT COUNT(*) FROM wp_dormouse_outbox')" = 0 ]
}
depth() { "$program" --config "$config" queues --json | python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }
open_jobs() { depth 'd["intake"] + d["running"] + d["dead"] + sum(q["ready"] + q["scheduled"] for q in d["queues"])'; }
done_jobs() { depth 'd["done"]'; }
