#include "jobs/wallet_charge/transactions.hpp"

#include "base/utc.hpp"
#include "config/kind_settings.hpp"
#include "jobs/wallet_charge/standing.hpp"

#include <cstdlib>

namespace dormouse::jobs::wallet_charge {

namespace {

namespace json = boost::json;

// A page must fit into what the client reads of a body, 64 KiB, however talkative the wallet is.
constexpr std::size_t page_size = 40;
constexpr std::size_t most_pages = 250;
// The wallet's clock and ours may differ, and so may its zone where it writes none.
constexpr base::ms clock_difference = 24h;
// A reason that is shorter than ours was cut by a column, not written by somebody else, from this length on.
constexpr std::size_t shortest_column = 32;

std::string_view text_of(const json::object& o, std::string_view name) noexcept {
    const auto* v = o.if_contains(name);
    return v != nullptr && v->is_string() ? std::string_view{v->get_string()} : std::string_view{};
}

std::optional<std::int64_t> number_of(const json::object& o, std::string_view name) noexcept {
    const auto* v = o.if_contains(name);
    return v != nullptr && v->is_int64() ? std::optional{v->get_int64()} : std::nullopt;
}

// Some books write what goes out with a minus.
bool has_amount(const json::object& transaction, std::int64_t amount) noexcept {
    const auto n = number_of(transaction, "amount");
    return n && (*n == amount || *n == -amount);
}

bool carries(const json::object& transaction, const std::string& wire_key) {
    const auto key = text_of(transaction, "idempotency_key");
    return key.empty() ? text_of(transaction, "reason").ends_with(" (" + wire_key + ")") : key == wire_key;
}

bool is_cut(std::string_view reason, const charge_args& args, const std::string& wire_key) {
    for (const std::string_view dots : {"...", "…"})
        if (reason.ends_with(dots)) reason.remove_suffix(dots.size());
    const auto whole = reason_with_key(args.reason, wire_key);
    if (reason.size() >= whole.size() || !whole.starts_with(reason)) return false;
    return reason.size() > args.reason.size() ||
           (reason.size() < args.reason.size() && reason.size() >= shortest_column);
}

likeness unclear(const json::object& transaction, std::string_view why) {
    return {likeness::kind::unclear,
            "transaction " + std::string{text_of(transaction, "transaction_id")} + " " + std::string{why}};
}

likeness compare_with_key(const json::object& t, const charge_args& args, const std::string& wire_key) {
    if (!carries(t, wire_key)) {
        const bool cut = has_amount(t, args.amount) && text_of(t, "idempotency_key").empty() &&
                         is_cut(text_of(t, "reason"), args, wire_key);
        return cut ? unclear(t, "may be it: its reason was cut before the key") : likeness{};
    }
    if (!has_amount(t, args.amount)) return unclear(t, "carries the key and another amount");
    const auto status = text_of(t, "status");
    if (!status.empty() && status != "completed") return unclear(t, "carries the key and is not completed");
    return {likeness::kind::ours};
}

api::request page_request(const config::wallet_settings& s, const std::string& project, std::size_t offset) {
    api::request r;
    r.method = "GET";
    r.url = s.url + "/api/wallet/v1/transactions?project_id=" + project + "&limit=" + std::to_string(page_size) +
            "&offset=" + std::to_string(offset) + "&type=charge";
    r.headers = {{"X-Api-Key", std::string{s.key.reveal()}}};
    r.limits = api::limits_of(s.timeout, 12s, 5s);
    return r;
}

std::optional<base::time_ms> time_of(const json::value& item) {
    return item.is_object() ? base::parse_utc(text_of(item.get_object(), "created_at")) : std::nullopt;
}

}  // namespace

std::string reason_with_key(std::string_view reason, std::string_view wire_key) {
    return std::string{reason} + " (" + std::string{wire_key} + ")";
}

likeness compare(const json::object& transaction, const wanted_charge& wanted) {
    const auto type = text_of(transaction, "type");
    if (!type.empty() && type != "charge") return {};
    for (int n = 0; n <= wanted.dunning; ++n)
        if (auto found = compare_with_key(transaction, wanted.args, wire_key(wanted.args.key, n));
            found.what != likeness::kind::other)
            return found;
    return {};
}

bool read_page(const json::array& page, const wanted_charge& wanted, search_result& so_far) {
    for (const auto& item : page) {
        if (!item.is_object()) continue;
        const auto& transaction = item.get_object();
        auto found = compare(transaction, wanted);
        if (found.what == likeness::kind::unclear) so_far.trouble = std::move(found.why);
        if (found.what != likeness::kind::ours) continue;
        so_far.found = so_far.complete = true;
        so_far.transaction_id = text_of(transaction, "transaction_id");
        so_far.balance_after = number_of(transaction, "balance_after");
        return true;
    }
    const auto first = page.empty() ? std::nullopt : time_of(page.front());
    const auto last = page.empty() ? std::nullopt : time_of(page.back());
    const bool old_enough = first && last && *first >= *last && *last < wanted.since - clock_difference;
    if (!page.empty() && !old_enough) return false;
    so_far.complete = so_far.trouble.empty();
    return true;
}

// A wallet may give less than is asked for: only a page with nothing on it is the end.
base::awaitable<search_result> find_charge(net::http_client& http, base::clock& clock,
                                           const config::wallet_settings& settings, wanted_charge wanted,
                                           base::deadline limit) {
    search_result out;
    std::size_t offset = 0;
    for (std::size_t n = 0; n < most_pages; ++n) {
        const auto a = co_await api::call(http, clock, page_request(settings, wanted.args.project, offset), limit);
        const auto* list = a.member("transactions");
        if (a.status() != 200 || list == nullptr || !list->is_array()) {
            out.trouble = "the wallet's transactions cannot be read: " + api::describe(a);
            co_return out;
        }
        if (read_page(list->get_array(), wanted, out)) co_return out;
        offset += list->get_array().size();
    }
    out.trouble = "the project has too many charges since to look through";
    co_return out;
}

}  // namespace dormouse::jobs::wallet_charge
