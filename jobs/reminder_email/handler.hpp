#pragma once
// The kind `reminder-email`: one letter to one person, never twice (spec 3-jobs B5).
//
//   claim, with a second look ─▶ render, build ─▶ everything but the final dot ─▶ `in_doubt` ─▶ dot ─▶ what it means
//     └ not any more: dropped       └ row: streaming                                              └ row settled
//
// A crash or a loss before `in_doubt` is committed is repeatable, because the server has no whole letter; one after it
// is never repeated on its own, because nobody can know: the job is dead with reason `in_doubt` and the row waits for
// `dormouse letters resolve`. Who holds a row is decided by its epoch, so that of two workers only one can commit.

#include "jobs/registry.hpp"

#include <memory>
#include <string_view>

namespace dormouse::jobs::reminder_email {

inline constexpr std::string_view kind_name = "reminder-email";

[[nodiscard]] std::unique_ptr<jobs::handler> make_handler(const services& s);

}  // namespace dormouse::jobs::reminder_email
