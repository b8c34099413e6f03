#include "jobs/wallet_charge/transactions.hpp"

#include "base/utc.hpp"
#include "config/kind_settings.hpp"

#include <boost/json/array.hpp>

namespace dormouse::jobs::wallet_charge {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::size_t page = 100;
constexpr std::size_t most_pages = 50;
// The wallet's clock and ours may differ.
constexpr base::ms clock_difference = 1h;

std::string_view text_of(const json::object& o, std::string_view name) noexcept {
    const auto* v = o.if_contains(name);
    return v != nullptr && v->is_string() ? std::string_view{v->get_string()} : std::string_view{};
}

std::optional<std::int64_t> number_of(const json::object& o, std::string_view name) noexcept {
    const auto* v = o.if_contains(name);
    return v != nullptr && v->is_int64() ? std::optional{v->get_int64()} : std::nullopt;
}

api::request page_request(const config::wallet_settings& s, const std::string& project, std::size_t offset) {
    api::request r;
    r.method = "GET";
    r.url = s.url + "/api/wallet/v1/transactions?project_id=" + project + "&limit=" + std::to_string(page) +
            "&offset=" + std::to_string(offset) + "&type=charge";
    r.headers = {{"X-Api-Key", std::string{s.key.reveal()}}};
    r.limits = api::limits_of(s.timeout, 12s, 5s);
    return r;
}

}  // namespace

std::string reason_with_key(std::string_view reason, std::string_view wire_key) {
    return std::string{reason} + " (" + std::string{wire_key} + ")";
}

bool is_our_charge(const json::object& transaction, const charge_args& args, std::string_view wire_key) {
    if (text_of(transaction, "type") != "charge" || number_of(transaction, "amount") != args.amount) return false;
    const auto key = text_of(transaction, "idempotency_key");
    if (!key.empty()) return key == wire_key;
    return text_of(transaction, "reason").ends_with(" (" + std::string{wire_key} + ")");
}

base::awaitable<search_result> find_charge(net::http_client& http, base::clock& clock,
                                           const config::wallet_settings& settings, const charge_args& args,
                                           std::string wire_key, base::time_ms since, base::deadline limit) {
    search_result out;
    for (std::size_t n = 0; n < most_pages; ++n) {
        const auto a = co_await api::call(http, clock, page_request(settings, args.project, n * page), limit);
        const auto* list = a.member("transactions");
        if (a.status() != 200 || list == nullptr || !list->is_array()) {
            out.trouble = "the wallet's transactions cannot be read: " + api::describe(a);
            co_return out;
        }
        const auto& items = list->get_array();
        bool old_enough = items.size() < page;
        for (const auto& item : items) {
            if (!item.is_object()) continue;
            const auto& o = item.get_object();
            if (is_our_charge(o, args, wire_key)) {
                out.found = out.complete = true;
                out.transaction_id = text_of(o, "transaction_id");
                out.balance_after = number_of(o, "balance_after");
                co_return out;
            }
            const auto at = base::parse_utc(text_of(o, "created_at"));
            old_enough = old_enough || (at && *at < since - clock_difference);
        }
        if (old_enough) {
            out.complete = true;
            co_return out;
        }
    }
    out.trouble = "the project has too many charges since to look through";
    co_return out;
}

}  // namespace dormouse::jobs::wallet_charge
