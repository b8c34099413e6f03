#include "jobs/registry.hpp"

#include "jobs/grant/handler.hpp"
#include "jobs/licence/handler.hpp"
#include "jobs/reminder_email/handler.hpp"
#include "jobs/wallet_charge/handler.hpp"
#include "jobs/webhook_delivery/handler.hpp"

#include <stdexcept>

namespace dormouse::jobs {

void registry::add(std::unique_ptr<handler> h) {
    std::string kind{h->kind()};
    const auto [place, fresh] = handlers_.try_emplace(std::move(kind), std::move(h));
    if (!fresh) throw std::logic_error{"two handlers for the kind " + place->first};
}

handler* registry::find(std::string_view kind) const noexcept {
    const auto found = handlers_.find(kind);
    return found == handlers_.end() ? nullptr : found->second.get();
}

std::vector<std::string> registry::kinds() const {
    std::vector<std::string> names;
    names.reserve(handlers_.size());
    for (const auto& [name, unused] : handlers_) names.push_back(name);
    return names;
}

registry make_registry(const services& s) {
    registry r;
    r.add(webhook_delivery::make_handler(s));
    r.add(grant::make_handler(s));
    r.add(licence::make_handler(s, site::licence_step::provision));
    r.add(licence::make_handler(s, site::licence_step::period));
    r.add(wallet_charge::make_handler(s));
    r.add(reminder_email::make_handler(s));
    return r;
}

}  // namespace dormouse::jobs
