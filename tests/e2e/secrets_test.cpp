// Planted secrets are looked for wherever an operator or a stranger could read: logs, pages, Redis, the site's tables.

#include "tests/e2e/stack.hpp"
#include "tests/support/school.hpp"
#include "tests/support/smtp_server.hpp"

#include <boost/beast/core/detail/base64.hpp>
#include <boost/json/object.hpp>

#include <gmock/gmock.h>

#include <csignal>
#include <set>
#include <sstream>

namespace dormouse::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Every value of every key, whatever its type.
std::string everything_in(const stack& s) {
    std::string out;
    std::istringstream names{s.redis_cli({"KEYS", "*"})};
    for (std::string name; std::getline(names, name);) {
        const auto type = s.redis_cli({"TYPE", name});
        out += name + ":\n";
        if (type == "string") out += s.redis_cli({"GET", name});
        if (type == "list") out += s.redis_cli({"LRANGE", name, "0", "-1"});
        if (type == "hash") out += s.redis_cli({"HGETALL", name});
        if (type == "set") out += s.redis_cli({"SMEMBERS", name});
        if (type == "zset") out += s.redis_cli({"ZRANGE", name, "0", "-1"});
        out += '\n';
    }
    return out;
}

constexpr const char* all_planted[] = {
    planted::redis_password,          planted::database_password, planted::signing_key,   planted::hook_secret,
    planted::hook_secret + 6,         planted::grant_key,         planted::companion_key, planted::licence_secret,
    planted::previous_licence_secret, planted::wallet_key,        planted::mail_password};

/// Kinds whose services answer with what they were sent, headers and all, as a debug page does.
std::string echoing_services(const stack& s) {
    return "kinds:\n  grant: {url: '" + s.receivers().url("/echo/grant") + "', key: " + planted::grant_key +
           "}\n  licence: {url: '" + s.receivers().url("/echo") + "', secret: " + planted::licence_secret +
           ", previous_secret: " + planted::previous_licence_secret + ", audit_log: '" + s.dir().file("audit.log") +
           "'}\n  wallet-charge: {url: '" + s.receivers().url("/echo") + "', key: " + planted::wallet_key + "}\n";
}

std::vector<queue::job> one_of_each_kind() {
    const auto job = [](const char* kind, boost::json::object args) {
        queue::job j;
        j.kind = kind;
        j.args = std::move(args);
        return j;
    };
    return {job("grant", {{"email", "a@example.test"}, {"term_id", 5}, {"duration", 1}, {"units", "months"}}),
            job("license-provision", {{"subscription_id", 12}, {"version", 1}}),
            job("period-push", {{"subscription_id", 13},
                                {"version", 1},
                                {"billing_period", "M"},
                                {"billing_interval", 1},
                                {"next_payment_date_gmt", "2026-12-21 10:00:00"}}),
            job("wallet-charge",
                {{"project_id", "p1"}, {"amount", 990}, {"reason", "subscription"}, {"charge_key", "chg_planted1"}})};
}

TEST(Secrets, AreNeverSeenWhereverOneLooks) {
    stack s;
    const auto good = s.add_hook("/ok/s");
    const auto failing = s.add_hook("/status/500/s");
    const auto gone = s.add_hook("/gone/s");
    auto worker = s.start_worker({.sections = echoing_services(s)});
    // Trouble talks most: answers of all kinds, a stranger's envelope, a database that is away, a Redis that restarts.
    const auto done = s.enqueue(good).at(0);
    const auto retried = s.enqueue(failing).at(0);
    const auto dead = s.enqueue(gone).at(0);
    const auto called = s.enqueue(one_of_each_kind());
    s.enqueue_signed_by("removed-key", planted::signing_key, good);
    ASSERT_TRUE(s.wait_for_state(done, "done")) << worker->log();
    ASSERT_TRUE(s.wait_for_state(dead, "dead")) << worker->log();
    ASSERT_TRUE(s.wait_for_state(retried, "scheduled")) << worker->log();
    for (const auto* path : {"/echo/grant", "/echo/companion", "/echo/wc", "/echo/api/wallet"})
        EXPECT_TRUE(s.receivers().wait_for(1, path)) << path << "\n" << worker->log();
    for (const auto& id : called)
        EXPECT_TRUE(test::eventually(soon, [&] {
            return std::set<std::string>{"scheduled", "dead", "done"}.contains(s.state_of(id));
        })) << s.dormouse({"jobs", "show", id}).text;
    s.redis().kill();
    s.redis().start();
    ASSERT_TRUE(worker->wait_ready()) << worker->log();
    s.database().stop();
    const auto delayed = s.enqueue(good).at(0);
    ASSERT_TRUE(s.wait_for_state(delayed, "scheduled")) << worker->log();
    s.database().start();

    std::string shown;
    for (const auto& id : called) shown += s.dormouse({"jobs", "show", id}).text;
    const std::vector<std::pair<std::string, std::string>> places{
        {"jobs of all kinds", shown},
        {"charges", s.database().sql("SELECT * FROM wp_dormouse_charge")},
        {"subscriptions", s.database().sql("SELECT * FROM wp_dormouse_subscription")},
        {"audit log", test::read_file(s.dir().file("audit.log"))},
        {"metrics", worker->page("/metrics").text},
        {"readiness", worker->page("/readyz").text},
        {"status page", worker->page("/").text},
        {"depth", worker->page("/api/v1/depth").text},
        {"jobs show", s.dormouse({"jobs", "show", retried}).text},
        {"jobs list", s.dormouse({"jobs", "list", "--state", "dead", "--json"}).text},
        {"config check", s.dormouse({"config", "check"}).text},
        {"config check --json", s.dormouse({"config", "check", "--json"}).text},
        {"Redis", everything_in(s)},
        {"deliveries", s.database().sql("SELECT * FROM wp_dormouse_delivery")},
        {"the site's log", s.database().sql("SELECT * FROM wp_memberlux_hook_action")},
    };
    worker->process().signal(SIGTERM);
    ASSERT_EQ(worker->process().wait(soon), 0);
    auto searched = places;
    searched.emplace_back("log", worker->log());
    for (const auto& [where, text] : searched) {
        EXPECT_FALSE(text.empty()) << where;
        for (const auto* secret : all_planted) EXPECT_THAT(text, Not(HasSubstr(secret))) << where;
    }
}

// --- letters --------------------------------------------------------------------------------------------------------

constexpr const char* mail_user = "school";

std::string base64(const std::string& bytes) {
    namespace impl = boost::beast::detail::base64;
    std::string out(impl::encoded_size(bytes.size()), '\0');
    out.resize(impl::encode(out.data(), bytes.data(), bytes.size()));
    return out;
}

/// As AUTH PLAIN sends user and password.
std::string token() {
    const std::string nul(1, '\0');
    return base64(nul + mail_user + nul + planted::mail_password);
}

/// What tells of the password: its beginning in each of its shapes, since a half of it is too much.
std::vector<std::string> traces_of_the_password() {
    const std::string password = planted::mail_password;
    return {password.substr(0, 12), base64(password).substr(0, 16), token().substr(0, 24), "planted-Mail%2Bpw%2F"};
}

/// The words of a relay that quotes all it was told: at once, and where a text is likely to be cut.
std::string quoting(const std::string& code) {
    const std::string password = planted::mail_password;
    const auto all = "heard " + password + " and " + base64(password) + " and " + token();
    return code + " " + all + std::string(485 - all.size(), '.') + password;
}

/// One step of the dialogue at which the relay says so, and what becomes of the letter's job.
struct refusal {
    const char* step;
    const char* code;
    const char* end;
};
constexpr refusal refusals[] = {{"RCPT", "550 5.1.1", "dead"},
                                {"DOT", "554 5.7.1", "dead"},
                                {"DOT", "450 4.2.1", "scheduled"},
                                {"DOT", "250 2.0.0", "done"}};

/// A school beside the stack, and a mail server that wants a password.
class mailing {
public:
    static constexpr int everybody = 8;

    mailing() {
        school_.add_sleepers(1, everybody);
        school_.plan(1, everybody - 1);
        auto text = test::read_file(std::string{DORMOUSE_SOURCE_DIR} + "/systemd/dormouse-grants-students.sql");
        text.erase(text.find("-- Only with the certificates plugin"));
        stack_.database().sql(text);
    }

    [[nodiscard]] stack& parts() { return stack_; }
    [[nodiscard]] test::smtp_server& relay() { return relay_; }

    /// Configuration of the kind; `render` is who replaces the shortcodes.
    [[nodiscard]] std::string section(const std::string& render) const {
        return "kinds:\n  reminder-email: {host: 127.0.0.1, port: " + std::to_string(relay_.port("starttls_good")) +
               ", ca_file: '" + relay_.ca_file() + "', user: " + mail_user + ", password: '" + planted::mail_password +
               "', from: school@school.example, render: " + render + ", per_minute: 60000, domain_per_minute: 60000}\n";
    }

    [[nodiscard]] std::string enqueue(boost::json::object args) {
        queue::job j;
        j.kind = "reminder-email";
        j.args = std::move(args);
        return jobs_.emplace_back(stack_.enqueue({std::move(j)}).at(0));
    }
    [[nodiscard]] std::string enqueue_letter(int row) { return enqueue({{"reminder", row}}); }
    [[nodiscard]] std::string enqueue_test_letter() {
        return enqueue({{"test", {{"user_id", 1}, {"term_id", test::school::level}, {"stage", "1"}}}});
    }

    /// What the command line tells of all jobs and letters.
    [[nodiscard]] std::string shown() const {
        std::string out;
        for (const auto& id : jobs_) out += stack_.dormouse({"jobs", "show", id}).text;
        for (int row = 1; row < everybody; ++row)
            out += stack_.dormouse({"letters", "show", std::to_string(row), "--json"}).text;
        return out;
    }

private:
    stack stack_;
    test::school school_{stack_.database()};
    test::smtp_server relay_{{.tls = true, .user = mail_user, .password = planted::mail_password}};
    std::vector<std::string> jobs_;
};

/// The relay takes letters and refuses them, loses one and then our password, and quotes us all the while.
void live_through_refusals(mailing& m, const worker_process& worker) {
    auto& s = m.parts();
    int row = 0;
    for (const auto& r : refusals) {
        m.relay().script({{r.step, {{"reply", quoting(r.code)}}}});
        EXPECT_TRUE(s.wait_for_state(m.enqueue_letter(++row), r.end)) << r.step << " " << r.code << worker.log();
    }
    EXPECT_TRUE(s.wait_for_state(m.enqueue_test_letter(), "done")) << worker.log();
    EXPECT_EQ(m.relay().mails().size(), 2U);
    EXPECT_EQ(m.relay().mails().at(0).user, mail_user);
    m.relay().script({{"DOT", {{"reply", quoting("451 4.3.0")}}}});
    EXPECT_TRUE(s.wait_for_state(m.enqueue_test_letter(), "dead")) << worker.log();
    m.relay().script({{"DOT", {{"drop", true}}}, {"AUTH", {{"reply", quoting("535 5.7.8")}}}});
    EXPECT_TRUE(s.wait_for_state(m.enqueue_letter(++row), "dead")) << "in doubt\n" << worker.log();
    EXPECT_TRUE(s.wait_for_state(m.enqueue_letter(++row), "scheduled")) << worker.log();
    for (const auto* said : {"550 5.1.1 heard *** and *** and ***", "554 5.7.1 heard ***", "535 5.7.8 heard ***"})
        EXPECT_THAT(worker.log(), HasSubstr(said)) << "what it quotes is kept but for the password";
}

/// A companion that answers with what it was sent, key and all, instead of a letter.
void live_through_an_echoing_companion(mailing& m, const worker_process& worker) {
    EXPECT_TRUE(m.parts().wait_for_state(m.enqueue_letter(mailing::everybody - 1), "scheduled")) << worker.log();
    EXPECT_TRUE(m.parts().receivers().wait_for(1, "/echo/companion/dormouse/v1/render")) << worker.log();
}

/// Looks for sleepers, and plans the letter of the one who has none.
void live_through_a_day_of_duties(mailing& m, const worker_process& scheduler) {
    auto& s = m.parts();
    for (const auto* duty : {"sleepers-scan", "reminders"}) {
        EXPECT_EQ(s.dormouse({"schedules", "run-now", duty}).status, 0);
        EXPECT_TRUE(test::eventually(
            soon,
            [&] { return s.dormouse({"schedules", "history", duty}).text.find("operator") != std::string::npos; }))
            << duty << scheduler.log();
    }
}

TEST(Secrets, OfTheMailServerAreNeverSeenThoughItQuotesThem) {
    mailing m;
    auto& s = m.parts();
    std::vector<std::pair<std::string, std::string>> places;
    const auto live = [&](worker_words words, void (*through)(mailing&, const worker_process&)) {
        const auto name = words.name;
        auto process = s.start_worker(std::move(words));
        through(m, *process);
        places.emplace_back("metrics of " + name, process->page("/metrics").text);
        places.emplace_back("status page of " + name, process->page("/").text);
        places.emplace_back("config check of " + name,
                            run_to_end({program(), "config", "check", "--config", s.dir().file(name + ".yaml")}).text);
        process->process().signal(SIGTERM);
        EXPECT_EQ(process->process().wait(soon), 0);
        places.emplace_back("log of " + name, process->log());
    };
    live({.name = "refused", .sections = m.section("native")}, live_through_refusals);
    live({.name = "companion", .sections = m.section("companion")}, live_through_an_echoing_companion);
    live({.name = "scheduler",
          .sections = m.section("native") + "scheduler: {listen: 'unix:" + s.dir().file("scheduler.sock") + "'}\n",
          .command = "scheduler"},
         live_through_a_day_of_duties);
    places.emplace_back("jobs and letters", m.shown());
    places.emplace_back("letters", s.dormouse({"letters", "list"}).text);
    places.emplace_back("duties", s.dormouse({"schedules", "history", "reminders"}).text);
    places.emplace_back("Redis", everything_in(s));
    places.emplace_back("ledger", s.database().sql("SELECT * FROM wp_dormouse_reminder"));
    places.emplace_back("suppressions", s.database().sql("SELECT * FROM wp_dormouse_suppression"));
    places.emplace_back("scans", s.database().sql("SELECT * FROM wp_dormouse_scan"));
    for (const auto& [where, text] : places) {
        EXPECT_FALSE(text.empty()) << where;
        for (const auto* secret : all_planted) EXPECT_THAT(text, Not(HasSubstr(secret))) << where;
        for (const auto& trace : traces_of_the_password()) EXPECT_THAT(text, Not(HasSubstr(trace))) << where;
    }
}

}  // namespace
}  // namespace dormouse::e2e
