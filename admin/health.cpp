#include "admin/health.hpp"

#include "base/redact.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <exception>

namespace dormouse::admin {

namespace {
verdict ask_safely(const check& c) {
    try {
        return c.ask();
    } catch (const std::exception& e) {
        return {false, std::string{"the check itself failed: "} + e.what()};
    }
}
}  // namespace

void health::add(std::string name, std::function<verdict()> ask) {
    checks_.push_back({std::move(name), std::move(ask)});
}

reply health::alive() const { return {200, "{\"alive\":true}\n", json_type}; }

reply health::ready() const {
    bool all = true;
    boost::json::object rows;
    for (const auto& c : checks_) {
        const auto v = ask_safely(c);
        all = all && v.ok;
        rows[c.name] = boost::json::object{{"ok", v.ok}, {"text", base::redact(v.text)}};
    }
    const boost::json::object body{{"ready", all}, {"checks", std::move(rows)}};
    return {all ? 200 : 503, boost::json::serialize(body) + "\n", json_type};
}

}  // namespace dormouse::admin
