#pragma once
// What the mail server said while the ledger could not be reached: carried in the job (`history.state`) until it can be
// written down, so that an answer once heard is not lost. Pure.

#include "site/reminders.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dormouse::jobs::reminder_email {

struct unsettled {
    site::letter_fence fence;
    site::letter_end end;
};

/// For `outcome.state`; well under 1 KiB.
[[nodiscard]] std::string to_state(const unsettled& u);

/// Nothing for any other text.
[[nodiscard]] std::optional<unsettled> read_state(std::string_view state);

}  // namespace dormouse::jobs::reminder_email
