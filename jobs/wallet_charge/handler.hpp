#pragma once
// The kind `wallet-charge`: takes money out of a project's wallet, once per charge key (spec 3-jobs B4).
//
//   claim the ledger row ─▶ send under the key ─▶ what does the answer mean? ─▶ write it down ─▶ outcome
//                                                   └ look into the wallet's transactions, where it does not tell
//
// The row is claimed, and the doubt noted in it, before the first byte is sent; so a crash at any point leaves behind
// either an untouched charge or one whose key must be repeated, never one that could be sent under another key.

#include "jobs/registry.hpp"

#include <memory>
#include <string_view>

namespace dormouse::jobs::wallet_charge {

inline constexpr std::string_view kind_name = "wallet-charge";

[[nodiscard]] std::unique_ptr<jobs::handler> make_handler(const services& s);

}  // namespace dormouse::jobs::wallet_charge
