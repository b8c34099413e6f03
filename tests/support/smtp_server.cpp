#include "tests/support/smtp_server.hpp"

#include <boost/beast/core/detail/base64.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <csignal>
#include <sstream>
#include <stdexcept>

namespace dormouse::test {

namespace {

namespace json = boost::json;
namespace base64 = boost::beast::detail::base64;

std::string text_of(const json::value& v) { return json::value_to<std::string>(v); }

std::string decoded(const std::string& text) {
    std::string out(base64::decoded_size(text.size()), '\0');
    out.resize(base64::decode(out.data(), text.data(), text.size()).first);
    return out;
}

received_mail from_json(const json::value& v) {
    return {.connection = v.at("connection").to_number<int>(),
            .from = text_of(v.at("from")),
            .to = json::value_to<std::vector<std::string>>(v.at("to")),
            .options = json::value_to<std::vector<std::string>>(v.at("options")),
            .tls = v.at("tls").as_bool(),
            .user = text_of(v.at("user")),
            .content = decoded(text_of(v.at("content")))};
}

}  // namespace

smtp_server::smtp_server() : smtp_server{options{}} {}

smtp_server::smtp_server(const options& o) {
    const auto program = std::string{DORMOUSE_SOURCE_DIR} + "/tests/mail/smtp_server.py";
    std::vector<std::string> argv{"/usr/bin/python3", program, "--folder",   dir_.path().string(),
                                  "--user",           o.user,  "--password", o.password};
    if (o.tls) argv.emplace_back("--tls");
    process_ = std::make_unique<child_process>(argv, child_process::options{{}, dir_.file("log"), {}});
    const auto there = [&] { return std::filesystem::exists(dir_.path() / "ready.json"); };
    if (!eventually(std::chrono::seconds{20}, [&] { return there() || !process_->running(); }) || !there())
        throw std::runtime_error{"the SMTP server did not start:\n" + read_file(dir_.file("log"))};
    const auto ports = json::parse(read_file(dir_.file("ready.json")));
    for (const auto& [name, port] : ports.as_object()) ports_[std::string{name}] = port.to_number<std::uint16_t>();
}

std::uint16_t smtp_server::port(const std::string& name) const {
    const auto found = ports_.find(name);
    if (found == ports_.end()) throw std::out_of_range{"no port '" + name + "'; was the SMTP server started with tls?"};
    return found->second;
}

void smtp_server::script(const json::object& wishes) {
    write_file(dir_.file("script.new"), json::serialize(wishes));
    std::filesystem::rename(dir_.file("script.new"), dir_.file("script.json"));
}

std::vector<received_mail> smtp_server::mails() const {
    std::vector<received_mail> out;
    std::istringstream lines{read_file(dir_.file("mails.jsonl"))};
    // A line without its end is still being written.
    for (std::string line; std::getline(lines, line) && !lines.eof();) out.push_back(from_json(json::parse(line)));
    return out;
}

std::string smtp_server::wire(int number) const {
    const auto file = dir_.path() / "wire" / std::to_string(number);
    return std::filesystem::exists(file) ? read_file(file) : std::string{};
}

int smtp_server::connections() const {
    int count = 0;
    while (std::filesystem::exists(dir_.path() / "wire" / std::to_string(count + 1))) ++count;
    return count;
}

void smtp_server::stop() {
    process_->signal(SIGKILL);
    process_->wait(std::chrono::seconds{5});
}

}  // namespace dormouse::test
