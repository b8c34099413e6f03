#include "jobs/reminder_email/composing.hpp"

#include "base/ascii.hpp"
#include "jobs/reminder_email/rendering.hpp"

namespace dormouse::jobs::reminder_email {

namespace {

using config::letter_rendering;
using rendered_list = std::vector<rendered>;

bool is_native(const config::settings& s) {
    if (s.mail.render == letter_rendering::automatic) return s.site.companion.url.empty();
    return s.mail.render == letter_rendering::native;
}

std::string joined(const rendered_list& texts) {
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "" : "<hr />\n") + text.html;
    return out;
}

/// Of a digest: what stands for one student in a subject stands for their number.
std::string subject_of(const draft& d, const rendered_list& texts) {
    if (texts.size() == 1) return texts.front().subject;
    auto all = d.about.front();
    all.who.email = all.who.login = all.who.name = std::to_string(d.about.size());
    return render_natively(d, all).subject;
}

}  // namespace

rendered render_natively(const draft& d, const student& about) {
    letter_values v;
    v.user_email = about.who.email;
    v.user_login = about.who.login;
    v.user_name = about.who.name;
    v.course_name = d.course;
    if (const auto day = site::parse_day(about.lapse)) v.expired_date = format_day(d.date_format, *day);
    return {render_subject(d.subject, v), render_body(d.body, v)};
}

base::awaitable<std::variant<rendered_list, not_composed>> render(net::http_client& http, const config::settings& s,
                                                                  const draft& d, const attempt& a) {
    bool native = is_native(s);
    rendered_list out;
    for (const auto& about : d.about) {
        if (!native) {
            const auto said = co_await api::call(http, a.clock, render_request(s.site.companion, d, about), a.limit);
            auto read = read_rendered(said);
            if (auto* whole = std::get_if<rendered>(&read)) {
                out.push_back(std::move(*whole));
                continue;
            }
            auto& no = std::get<unrendered_letter>(read);
            native = s.mail.render == letter_rendering::automatic && no.why == unrendered_letter::cause::no_plugin;
            if (!native) co_return not_composed{std::move(no), said.status()};
        }
        out.push_back(render_natively(d, about));
    }
    co_return out;
}

net::mail compose(const config::mail_settings& s, const draft& d, const rendered_list& texts, std::string message_id,
                  base::time_ms now) {
    net::mail m;
    m.from = {s.from_name, s.from};
    m.to = {d.to_name, d.to};
    m.subject = subject_of(d, texts);
    m.html = joined(texts);
    m.message_id = std::move(message_id);
    m.date = now;
    m.list_unsubscribe_url = texts.front().unsubscribe;
    m.reply_to = s.reply_to;
    if (!s.idempotency_header.empty() && !base::same_but_for_case(s.idempotency_header, "message-id"))
        m.headers.emplace_back(s.idempotency_header, m.message_id);
    return m;
}

std::string make_message_id(const config::settings& s, std::string_view unique) {
    const auto& from = s.mail.from;
    return "dormouse." + s.site.name + "." + std::string{unique} + "@" + from.substr(from.find('@') + 1);
}

}  // namespace dormouse::jobs::reminder_email
