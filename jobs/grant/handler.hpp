#pragma once
// The kind `grant`: gives a person access to a level through the site's grant endpoint (spec 3-jobs B2).
//
//   same bytes, same key ─▶ POST ─▶ what does the answer mean? ─▶ outcome; the result keeps the person's access code
//
// The endpoint checks and then inserts; it is the limits of this kind that keep two requests for one external id or one
// person from running beside each other, and its key that makes a repetition harmless.

#include "jobs/registry.hpp"

#include <memory>
#include <string_view>

namespace dormouse::jobs::grant {

inline constexpr std::string_view kind_name = "grant";

[[nodiscard]] std::unique_ptr<jobs::handler> make_handler(const services& s);

}  // namespace dormouse::jobs::grant
