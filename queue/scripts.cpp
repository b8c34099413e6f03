#include "queue/scripts.hpp"

#include "lua_scripts.hpp"

namespace dormouse::queue {

std::vector<const redis::script*> scripts::all() const {
    return {&admit, &beat, &cancel, &leave, &recover, &requeue, &shorten, &stamp, &tick, &trim, &work};
}

const scripts& the_scripts() {
    const auto make = [](const char* name, std::string_view body) { return redis::script{name, std::string{body}}; };
    const auto with_limits = [](const char* name, std::string_view body) {
        return redis::script{name, std::string{lua::limits}.append(body)};
    };
    static const scripts instance{
        make("admit", lua::admit),
        make("beat", lua::beat),
        with_limits("cancel", lua::cancel),
        make("leave", lua::leave),
        with_limits("recover", lua::recover),
        make("requeue", lua::requeue),
        make("shorten", lua::shorten),
        make("stamp", lua::stamp),
        make("tick", lua::tick),
        with_limits("trim", lua::trim),
        with_limits("work", lua::work),
    };
    return instance;
}

}  // namespace dormouse::queue
