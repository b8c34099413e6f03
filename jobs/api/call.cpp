#include "jobs/api/call.hpp"

#include "base/redact.hpp"
#include "net/retry_after.hpp"
#include "site/text_column.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <charconv>

namespace dormouse::jobs::api {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_read = 8192;
constexpr std::size_t longest_quote = 200;

bool says_json(std::string_view content_type) {
    const auto type = content_type.substr(0, content_type.find(';'));
    return type.starts_with("application/json") || (type.starts_with("application/") && type.ends_with("+json"));
}

std::optional<boost::json::value> read_json(const net::exchange& e) {
    if (e.progress != net::progress::answered || !e.response.body_complete) return std::nullopt;
    if (!says_json(e.response.header("Content-Type"))) return std::nullopt;
    boost::system::error_code bad;
    auto value = boost::json::parse(e.response.body, bad);
    if (bad) return std::nullopt;
    return value;
}

/// A stranger's words, fit for a line of a log: no secret that it echoes, not even the half that a cut would leave.
std::string printable(std::string_view text) {
    auto out = base::redact(text.substr(0, longest_read));
    std::ranges::replace_if(out, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return site::fit_text(out, {}, longest_quote);
}

}  // namespace

const boost::json::value* answer::member(std::string_view name) const noexcept {
    if (!json || !json->is_object()) return nullptr;
    return json->get_object().if_contains(name);
}

std::string_view answer::text(std::string_view name) const noexcept {
    const auto* value = member(name);
    return value != nullptr && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}

std::optional<std::int64_t> answer::integer(std::string_view name) const noexcept {
    const auto* value = member(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_int64()) return value->get_int64();
    if (!value->is_string()) return std::nullopt;
    const std::string_view digits{value->get_string()};
    std::int64_t number = 0;
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (bad != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

net::phase_limits limits_of(base::ms total, base::ms first_byte, base::ms gap) {
    net::phase_limits l;
    l.resolve = 3s;
    l.connect = 3s;
    l.tls = 5s;
    l.write = 5s;
    l.first_byte = std::min(first_byte, total);
    l.gap = gap;
    l.total = total;
    return l;
}

base::awaitable<answer> call(net::http_client& http, base::clock& clock, request r, base::deadline limit) {
    net::request out;
    out.method = std::move(r.method);
    out.url = std::move(r.url);
    out.trust = net::trust::configured;
    out.headers = std::move(r.headers);
    out.headers.emplace_back("Accept", "application/json");
    out.body = std::move(r.body);
    out.most_body = r.most_answer;
    out.limits = r.limits;
    answer a;
    a.exchange = co_await http.send(std::move(out), limit);
    if (a.exchange.failed == net::failure_class::cancelled && limit.is_reached())
        a.exchange.failed = net::failure_class::timeout;
    const auto& response = a.exchange.response;
    a.retry_after = net::parse_retry_after(response.header("Retry-After"), response.header("Date"), clock.now());
    a.json = read_json(a.exchange);
    co_return a;
}

std::string describe(const answer& a) {
    const auto& e = a.exchange;
    if (a.status() == 0) return e.detail.empty() ? std::string{net::to_string(e.failed)} : e.detail;
    auto text = "HTTP " + std::to_string(a.status());
    auto words = a.text("code");
    if (words.empty()) words = a.text("error");
    if (words.empty()) words = e.response.body;
    if (!words.empty()) text += ": " + printable(words);
    return text;
}

}  // namespace dormouse::jobs::api
