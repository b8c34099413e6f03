#include "jobs/reminder_email/companion.hpp"

#include "jobs/api/companion.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace dormouse::jobs::reminder_email {

using cause = unrendered_letter::cause;

namespace {
// As JSON, in which PHP spends six bytes on a Cyrillic letter.
constexpr std::size_t longest_letter = std::size_t{1024} * 1024;
}  // namespace

api::request render_request(const config::companion_settings& s, const draft& d, const student& about) {
    auto r = api::companion_request(s, "/dormouse/v1/render");
    r.method = "POST";
    r.most_answer = longest_letter;
    r.body = boost::json::serialize(boost::json::object{{"v", 1},
                                                        {"user_id", about.who.id},
                                                        {"term_id", d.term_id},
                                                        {"stage", site::to_string(d.stage)},
                                                        {"lapse", about.lapse},
                                                        {"subject", d.subject},
                                                        {"body", d.body}});
    return r;
}

std::variant<rendered, unrendered_letter> read_rendered(const api::answer& said) {
    if (said.status() == 200) {
        rendered out{std::string{said.text("subject")}, std::string{said.text("html")}};
        if (said.integer("v") != 1 || out.subject.empty() || out.html.empty())
            return unrendered_letter{cause::not_now, "the companion's answer is not a letter"};
        if (const auto link = said.text("unsubscribe"); link.starts_with("https://")) out.unsubscribe = link;
        return out;
    }
    const auto code = said.status() == 404 ? said.text("code") : std::string_view{};
    auto why = cause::not_now;
    if (code == "rest_no_route") why = cause::no_plugin;
    if (code == "dormouse_unknown_user" || code == "dormouse_unknown_level") why = cause::gone;
    return unrendered_letter{why, "asking the companion: " + api::describe(said)};
}

}  // namespace dormouse::jobs::reminder_email
