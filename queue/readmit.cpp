#include "queue/readmit.hpp"

#include <algorithm>
#include <array>

namespace dormouse::queue {

namespace {

// Of read_envelope. A dead job without a reason is not trusted either.
constexpr std::array<std::string_view, 11> refusals_of_admission{
    "",         "bad_json",         "bad_version", "bad_field", "bad_signature", "unknown_key",
    "unsigned", "kind_not_allowed", "wrong_site",  "too_large", "expired"};

bool was_never_admitted(const history& past) {
    return std::find(refusals_of_admission.begin(), refusals_of_admission.end(), past.dead_reason) !=
           refusals_of_admission.end();
}

base::error conflict(const std::string& id, const std::string& why) {
    return {base::errc::conflict, "job " + id + " cannot run: " + why};
}

}  // namespace

base::result<job> readmit(const std::string& id, std::string_view envelope, const history& past, const keyring& keys,
                          const admission_rules& rules, base::time_ms now) {
    if (was_never_admitted(past))
        if (const auto judged = read_envelope(envelope, keys, rules, now); !judged)
            return conflict(id, "its envelope is refused: " + judged.error().reason + ": " + judged.error().detail);
    auto read = read_admitted(envelope);
    if (!read) return conflict(id, "its envelope is unreadable: " + read.error().reason + ": " + read.error().detail);
    if (!read->id.empty() && read->id != id) return conflict(id, "its envelope carries another id");
    if (read->expire && *read->expire <= now)
        return conflict(id, "it was not to start after " + base::to_iso8601(*read->expire));
    read->id = id;
    return std::move(*read);
}

}  // namespace dormouse::queue
