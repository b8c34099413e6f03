#include "tests/e2e/letter_stack.hpp"

#include "base/ulid.hpp"
#include "queue/envelope.hpp"

#include <boost/json/parse.hpp>

#include <filesystem>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace dormouse::e2e {

letter_stack::letter_stack() {
    const auto migrated = dormouse({"migrate"});
    if (migrated.status != 0) throw std::runtime_error{"dormouse migrate: " + migrated.text};
}

std::string letter_stack::write_config(const std::string& queue, int slots) const {
    auto file = dir_.file(queue + "-" + std::to_string(slots) + ".yaml");
    if (std::filesystem::exists(file)) return file;
    const auto text = "site: {name: main, database: {socket: '" + trap_.socket() +
                      "', user: root}}\n"
                      "redis: {url: '" +
                      redis_.url() +
                      "'}\n"
                      // A letter may be hit again and again; here that is no reason to give it up.
                      "queue: {allow_unsigned: true, max_crashes: 100}\n"
                      "worker: {queues: {" +
                      queue + ": 1}, slots: " + std::to_string(slots) +
                      ", per_endpoint: 1, lease: 1s, heartbeat: 250ms, drain: 20s}\n"
                      "admin: {enabled: false}\n"
                      "scheduler: {reminders: {window: '00:00-24:00'}}\n"
                      "log: {level: info, file: '" +
                      dir_.file("worker.log") +
                      "'}\n"
                      "kinds:\n  reminder-email: {host: 127.0.0.1, port: " +
                      std::to_string(relay_.port()) +
                      ", tls: none, from: school@school.example, per_minute: 60000, connections: 32, "
                      "domain_per_minute: 60000, domain_connections: 32}\n";
    test::write_file(file, text);
    return file;
}

std::unique_ptr<test::child_process> letter_stack::start(const std::string& queue, int slots) const {
    return std::make_unique<test::child_process>(
        std::vector<std::string>{program(), "worker", "--config", write_config(queue, slots)},
        test::child_process::options{{}, dir_.file("worker.out"), {}});
}

void letter_stack::enqueue(std::int64_t first, std::int64_t count) {
    std::vector<std::string> push{"LPUSH", "dormouse:{main}:in"};
    const auto now = base::system_clock().now();
    for (auto row = first; row < first + count; ++row) {
        queue::job j;
        j.id = base::make_ulid(now);
        j.kind = "reminder-email";
        j.queue = "mail";
        j.site = "main";
        j.issued_at = now;
        j.args = {{"reminder", row}};
        push.push_back(queue::to_json(j));
        jobs_[row] = j.id;
    }
    (void)redis_.cli(push);
}

std::map<std::string, int> letter_stack::states() const {
    std::map<std::string, int> out;
    std::istringstream rows{database_.sql("SELECT state, COUNT(*) FROM wp_dormouse_reminder GROUP BY state")};
    std::string state;
    for (int count = 0; rows >> state >> count;) out[state] = count;
    return out;
}

std::vector<std::int64_t> letter_stack::rows_in(const std::string& state) const {
    std::istringstream rows{database_.sql("SELECT id FROM wp_dormouse_reminder WHERE state = '" + state + "'")};
    std::vector<std::int64_t> out;
    for (std::int64_t id = 0; rows >> id;) out.push_back(id);
    return out;
}

std::map<std::int64_t, int> letter_stack::taken() const {
    static const std::regex name{"\r\nMessage-ID: <dormouse\\.main\\.([0-9]+)@school\\.example>\r\n"};
    std::map<std::int64_t, int> out;
    for (const auto& mail : relay_.mails()) {
        const auto head = mail.content.substr(0, mail.content.find("\r\n\r\n") + 2);
        std::smatch found;
        if (!std::regex_search(head, found, name)) throw std::runtime_error{"a mail without our Message-ID:\n" + head};
        ++out[std::stoll(found[1].str())];
    }
    return out;
}

printed letter_stack::dormouse(std::vector<std::string> words) const {
    words.insert(words.begin(), program());
    words.insert(words.end(), {"--config", write_config("mail", 1)});
    return run_to_end(words);
}

std::string letter_stack::state_of_job(std::int64_t row) const {
    const auto run = dormouse({"jobs", "show", job_of(row), "--json"});
    boost::system::error_code bad;
    const auto value = boost::json::parse(run.text, bad);
    if (run.status != 0 || bad) return run.text;
    const auto text = [](const boost::json::value& v) { return v.is_string() ? std::string{v.as_string()} : ""; };
    return text(value.at("state")) + " " + text(value.at("history").at("dead_reason"));
}

}  // namespace dormouse::e2e
