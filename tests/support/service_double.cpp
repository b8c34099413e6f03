#include "tests/support/service_double.hpp"

#include "base/ascii.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace dormouse::test {

namespace {

namespace json = boost::json;
namespace asio = boost::asio;

constexpr auto port_file = "port";

std::vector<std::string> command(const temp_dir& dir, const std::string& script, std::vector<std::string> options) {
    std::vector<std::string> argv{"/usr/bin/python3", std::string{DORMOUSE_SOURCE_DIR} + "/tests/doubles/" + script,
                                  "--port-file", dir.file(port_file)};
    argv.insert(argv.end(), options.begin(), options.end());
    return argv;
}

std::uint16_t wait_for_port(const temp_dir& dir, child_process& process) {
    const auto there = [&] { return std::filesystem::exists(dir.path() / port_file); };
    if (!eventually(std::chrono::seconds{20}, [&] { return there() || !process.running(); }) || !there())
        throw std::runtime_error{"a double did not start:\n" + read_file(dir.file("log"))};
    return static_cast<std::uint16_t>(std::stoi(read_file(dir.path() / port_file)));
}

/// HTTP/1.0, so that the end of the connection is the end of the answer.
std::string exchange(std::uint16_t port, const std::string& method, const std::string& path, const std::string& body) {
    asio::io_context io;
    asio::ip::tcp::socket socket{io};
    socket.connect({asio::ip::address_v4::loopback(), port});
    asio::write(socket, asio::buffer(method + " " + path + " HTTP/1.0\r\nContent-Length: " +
                                     std::to_string(body.size()) + "\r\n\r\n" + body));
    std::string answer;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(answer), end);
    const auto head = answer.find("\r\n\r\n");
    if (head == std::string::npos || answer.find(" 200 ") > answer.find("\r\n"))
        throw std::runtime_error{method + " " + path + " of a double: " + answer};
    return answer.substr(head + 4);
}

std::string text_of(const json::value& v) { return json::value_to<std::string>(v); }

}  // namespace

service_double::service_double(const std::string& script, std::vector<std::string> options)
    : process_{command(dir_, script, std::move(options)), {{}, dir_.file("log"), {}}},
      port_{wait_for_port(dir_, process_)} {}

json::value service_double::steer(const std::string& path, const json::value& body) const {
    const bool asks = body.is_null();
    return json::parse(exchange(port_, asks ? "GET" : "POST", "/_double/" + path, asks ? "" : json::serialize(body)));
}

void service_double::fail(const json::object& fault) { steer("faults", fault); }

void service_double::reset() { steer("reset", json::object{}); }

std::vector<double_request> service_double::requests(std::string_view path) const {
    std::vector<double_request> out;
    const auto all = steer("requests", nullptr);
    for (const auto& seen : all.as_array()) {
        double_request r{text_of(seen.at("method")), text_of(seen.at("path")), {}, text_of(seen.at("body"))};
        for (const auto& pair : seen.at("headers").as_array())
            r.headers.emplace(base::ascii_lower(text_of(pair.at(0))), text_of(pair.at(1)));
        if (r.path.starts_with(path)) out.push_back(std::move(r));
    }
    return out;
}

void service_double::stop() {
    process_.signal(SIGKILL);
    process_.wait(std::chrono::seconds{5});
}

wallet_double::wallet_double(const options& o)
    : service_double{"wallet.py", o.one_request_per_connection ? std::vector<std::string>{"--key", o.key, "--close"}
                                                               : std::vector<std::string>{"--key", o.key}} {}

void wallet_double::set_balance(const std::string& project, std::int64_t balance, const std::string& currency) {
    steer("wallets", json::object{{"project_id", project}, {"balance", balance}, {"currency", currency}});
}

std::vector<wallet_double::charge> wallet_double::ledger() const {
    std::vector<charge> out;
    const auto all = steer("ledger", nullptr);
    for (const auto& t : all.as_array())
        out.push_back({text_of(t.at("idempotency_key")), text_of(t.at("project_id")), t.at("amount").as_int64(),
                       text_of(t.at("transaction_id"))});
    return out;
}

std::size_t wallet_double::charges_of(std::string_view key) const {
    const auto all = ledger();
    return static_cast<std::size_t>(std::ranges::count(all, key, &charge::key));
}

licence_double::licence_double(const std::string& secret) : service_double{"licence.py", {"--secret", secret}} {}

void licence_double::set_row(const std::string& subscription_id, json::object members) {
    members["subscription_id"] = subscription_id;
    steer("rows", members);
}

void licence_double::accept_only(const std::string& secret) { steer("secret", json::object{{"secret", secret}}); }

json::object licence_double::rows() const { return steer("rows", nullptr).as_object(); }

connection_cutter::connection_cutter(std::uint16_t to, double share, int seed)
    : process_{command(dir_, "cutter.py",
                       {"--to", std::to_string(to), "--share", std::to_string(share), "--seed", std::to_string(seed),
                        "--cuts-file", dir_.file("cuts")}),
               {{}, dir_.file("log"), {}}},
      port_{wait_for_port(dir_, process_)} {}

std::size_t connection_cutter::cuts() const {
    const auto lines = read_file(dir_.path() / "cuts");
    return static_cast<std::size_t>(std::ranges::count(lines, '\n'));
}

}  // namespace dormouse::test
