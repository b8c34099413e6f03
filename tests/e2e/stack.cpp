#include "tests/e2e/stack.hpp"

#include "base/ulid.hpp"
#include "queue/envelope.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include <charconv>
#include <cstdlib>
#include <stdexcept>

namespace dormouse::e2e {

namespace {
namespace json = boost::json;
namespace fs = std::filesystem;

constexpr const char* site = "e2e";
constexpr const char* key_id = "site-1";

queue::job completed(queue::job j, base::time_ms now) {
    j.id = base::make_ulid(now);
    j.site = site;
    j.issued_at = now;
    return j;
}

queue::job delivery(int hook, int number) {
    queue::job j;
    j.kind = "webhook-delivery";
    j.queue = "webhook";
    j.args = {{"hook_id", hook}, {"event", "order.paid"}, {"payload", "{\"n\":" + std::to_string(number) + "}"}};
    return completed(std::move(j), base::system_clock().now());
}

std::string signed_by_us(const queue::job& j) {
    return queue::sign_envelope(queue::to_json(j), key_id, base::secret{planted::signing_key});
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

std::string yaml_list(const std::vector<std::uint16_t>& numbers) {
    std::string out;
    for (const auto n : numbers) out += (out.empty() ? "[" : ", ") + std::to_string(n);
    return out + "]";
}

void write_private(const std::string& file, const std::string& text) {
    test::write_file(file, text);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}
}  // namespace

std::string program() {
    const char* other = std::getenv("DORMOUSE_PROGRAM");
    return other == nullptr ? DORMOUSE_PROGRAM : other;
}

printed run_to_end(const std::vector<std::string>& argv, std::chrono::milliseconds limit) {
    const test::temp_dir out;
    test::child_process run{argv, {{}, out.file("out"), {}}};
    const auto status = run.wait(limit);
    return {status.value_or(-1), test::read_file(out.file("out"))};
}

worker_process::worker_process(const stack& s, worker_words words)
    : log_file_{s.dir().file(words.name + ".log")}, admin_socket_{s.dir().file(words.name + ".sock")} {
    const auto config =
        s.write_config(words.name, words.settings, "admin: {listen: 'unix:" + admin_socket_ + "'}\n" + words.sections);
    std::vector<std::string> argv{program(), words.command, "--config", config};
    if (words.command == "worker") argv.insert(argv.end(), {"--instance", words.name});
    process_ = std::make_unique<test::child_process>(
        argv, test::child_process::options{std::move(words.environment), log_file_, {}});
}

worker_process::~worker_process() {
    std::error_code unknown;
    if (!fs::exists(log_file_, unknown)) return;
    const auto text = log();
    EXPECT_TRUE(text.find("Sanitizer") == std::string::npos && text.find("runtime error:") == std::string::npos)
        << text;
}

printed worker_process::page(const std::string& path) const {
    const auto answer = run_to_end({"curl", "--silent", "--max-time", "5", "--unix-socket", admin_socket_,
                                    "--write-out", "%{http_code}", "http://localhost" + path});
    if (answer.status != 0 || answer.text.size() < 3) return {0, {}};
    const auto body = answer.text.size() - 3;
    int status = 0;
    std::from_chars(answer.text.data() + body, answer.text.data() + answer.text.size(), status);
    return {status, answer.text.substr(0, body)};
}

bool worker_process::wait_ready() const {
    return test::eventually(soon, [this] { return answers("/readyz", 200); });
}

stack::stack(hook_shape shape)
    : shape_{shape},
      redis_{test::redis_server::options{.aof = true, .extra = {"--requirepass", planted::redis_password}}},
      config_{write_config("operator")} {
    if (shape == hook_shape::seed)
        database_.create_seed_hook_tables();
    else
        database_.create_module_hook_tables();
    grant(shape);
    const auto migrated = dormouse({"migrate"});
    if (migrated.status != 0) throw std::runtime_error{"dormouse migrate: " + migrated.text};
}

void stack::grant(hook_shape shape) const {
    auto text = test::read_file(std::string{DORMOUSE_SOURCE_DIR} + "/systemd/dormouse-grants.sql");
    text = replaced(std::move(text), "@PASSWORD@", planted::database_password);
    const auto first = text.find("-- shape 1");
    const auto second = text.find("-- shape 2");
    database_.sql(shape == hook_shape::seed ? text.substr(0, second) : text.erase(first, second - first));
}

std::string stack::write_config(const std::string& name, const std::string& worker_settings,
                                const std::string& more) const {
    const auto file = dir_.file(name + ".yaml");
    auto ports = receivers_.ports();
    ports.insert(ports.end(), more_ports_.begin(), more_ports_.end());
    write_private(file, "site:\n  name: e2e\n  database: {socket: '" + database_.socket() +
                            "', user: dormouse, password: " + planted::database_password + "}\n  companion: {url: '" +
                            receivers_.url("/echo/companion") + "', key: " + planted::companion_key +
                            "}\n"
                            "redis: {url: '" +
                            redis_.url() + "', password: " + planted::redis_password +
                            "}\n"
                            "queue:\n  signing_keys:\n    - {id: site-1, key: " +
                            planted::signing_key +
                            "}\n"
                            "worker: {per_endpoint: 32, " +
                            worker_settings +
                            "}\n"
                            "net: {allow_http: true, allow_private: [127.0.0.0/8], per_host: 32, ports: " +
                            yaml_list(ports) +
                            "}\n"
                            "log: {level: debug}\n" +
                            more);
    return file;
}

int stack::add_hook(const std::string& path) {
    const auto url = receivers_.url(path);
    if (shape_ == hook_shape::seed)
        return std::stoi(
            database_.sql("INSERT INTO wp_memberlux_hook (name, url, event, is_active, secret) VALUES "
                          "('e2e', '" +
                          url + "', 'order.paid', 1, '" + planted::hook_secret + "'); SELECT LAST_INSERT_ID()"));
    return std::stoi(database_.sql("INSERT INTO wp_memberlux_hook (destination) VALUES ('" + url +
                                   "'); SET @id = LAST_INSERT_ID(); "
                                   "INSERT INTO wp_memberlux_hook_action (hook_id, action) VALUES (@id, 'order.paid'); "
                                   "SELECT @id"));
}

std::unique_ptr<worker_process> stack::start_worker(worker_words words) const {
    auto worker = std::make_unique<worker_process>(*this, std::move(words));
    const bool known =
        test::eventually(soon, [&] { return !worker->process().running() || worker->answers("/readyz", 200); });
    if (!known || !worker->process().running())
        throw std::runtime_error{"the worker does not become ready:\n" + worker->log()};
    return worker;
}

std::vector<std::string> stack::enqueue(int hook, int count, int first) {
    std::vector<queue::job> jobs;
    for (int i = 0; i < count; ++i) jobs.push_back(delivery(hook, first + i));
    return enqueue(std::move(jobs));
}

std::vector<std::string> stack::enqueue(std::vector<queue::job> jobs) {
    std::vector<std::string> ids;
    std::vector<std::string> push{"LPUSH", intake};
    for (auto& wanted : jobs) {
        const auto j = completed(std::move(wanted), base::system_clock().now());
        ids.push_back(j.id);
        push.push_back(signed_by_us(j));
        if (ids.size() < jobs.size() && push.size() < 502) continue;
        if (const auto answer = redis_cli(push); answer.find_first_not_of("0123456789") != std::string::npos)
            throw std::runtime_error{"LPUSH: " + answer};
        push.resize(2);
    }
    return ids;
}

std::string stack::signed_delivery(int hook, int number) { return signed_by_us(delivery(hook, number)); }

std::string stack::enqueue_slow(int hook, std::chrono::seconds timeout) {
    auto j = delivery(hook, 0);
    j.timeout = timeout;
    (void)redis_cli({"LPUSH", intake, signed_by_us(j)});
    return j.id;
}

void stack::enqueue_signed_by(const std::string& other_id, const std::string& key, int hook) {
    const auto j = delivery(hook, 0);
    (void)redis_cli({"LPUSH", intake, queue::sign_envelope(queue::to_json(j), other_id, base::secret{key})});
}

printed stack::dormouse(std::vector<std::string> words) const {
    words.insert(words.begin(), program());
    words.insert(words.end(), {"--config", config_});
    return run_to_end(words);
}

json::value stack::dormouse_json(std::vector<std::string> words) const {
    words.emplace_back("--json");
    const auto run = dormouse(std::move(words));
    boost::system::error_code bad;
    auto value = json::parse(run.text, bad);
    if (run.status != 0 || bad) throw std::runtime_error{run.text};
    return value;
}

std::int64_t stack::depth(const std::string& what) const {
    const auto value = dormouse_json({"queues"});
    if (what != "ready" && what != "scheduled") return value.at(what).to_number<std::int64_t>();
    std::int64_t sum = 0;
    for (const auto& q : value.at("queues").as_array()) sum += q.at(what).to_number<std::int64_t>();
    return sum;
}

bool stack::is_quiet() const { return depth("intake") + depth("ready") + depth("scheduled") + depth("running") == 0; }

std::string stack::state_of(const std::string& job) const {
    const auto run = dormouse({"jobs", "show", job, "--json"});
    boost::system::error_code bad;
    const auto value = json::parse(run.text, bad);
    return run.status != 0 || bad ? std::string{} : std::string{value.at("state").as_string()};
}

bool stack::wait_for_state(const std::string& job, const std::string& state, std::chrono::milliseconds limit) const {
    return test::eventually(limit, [&] { return state_of(job) == state; });
}

bool stack::wait_for_done(std::int64_t count, std::chrono::milliseconds limit) const {
    return test::eventually(limit, [&] { return depth("done") >= count; });
}

std::string stack::redis_cli(std::vector<std::string> words) const {
    words.insert(words.begin(), {"--no-auth-warning", "-a", planted::redis_password});
    return redis_.cli(words);
}

}  // namespace dormouse::e2e
