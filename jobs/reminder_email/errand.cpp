#include "jobs/reminder_email/errand.hpp"

#include "base/digest.hpp"
#include "base/random.hpp"
#include "net/mail_address.hpp"
#include "net/message.hpp"
#include "site/pool.hpp"

#include <algorithm>
#include <array>

namespace dormouse::jobs::reminder_email {

namespace {

using namespace std::chrono_literals;

// The attempt's own writes after the dialogue.
constexpr base::ms room_to_write = 3s;
constexpr base::ms commit_within = 10s;
// The final dot's patience in RFC 5321; an attempt with less time keeps half of it.
constexpr base::ms room_for_answer = 10min;

net::tls_mode mode_of(config::mail_tls tls) {
    switch (tls) {
        case config::mail_tls::implicit: return net::tls_mode::implicit;
        case config::mail_tls::none: return net::tls_mode::none;
        default: return net::tls_mode::starttls;
    }
}

net::smtp_server server_of(const config::mail_settings& s) {
    net::smtp_server out;
    out.host = s.host;
    out.port = s.port;
    out.tls = mode_of(s.tls);
    out.user = s.user;
    out.password = s.password;
    out.ca_file = s.ca_file;
    out.helo = s.helo;
    out.allow_plain = s.allow_plain;
    // The worker lets go of an attempt 5 s after it was cut off.
    out.limits.after_stop = 4s;
    return out;
}

verdict held_for_server(const errand& e, const base::error& why) {
    auto v = unrendered(e.at(), "bad_server", why.message(), e.job.random);
    v.hold_kind = true;
    v.alert = "kinds.reminder-email: " + why.message();
    return v;
}

verdict ledger_says_no(const errand& e, const base::result<bool>& answer) {
    verdict v;
    const auto when = e.now() + 30s;
    v.untried = true;
    v.outcome = answer ? queue::defer(when, "taken_over", "another attempt has claimed the letter since")
                       : queue::defer(when, "ledger_unavailable", answer.error().message());
    return v;
}

verdict told_why(const base::error& e) {
    const auto word = net::mail_reason(e);
    return unfit(word.empty() ? "bad_letter" : std::string{word}, e.message());
}

}  // namespace

std::string owner_of(const attempt& a) {
    std::array<unsigned char, 8> unique{};
    base::fill_random(unique.data(), unique.size());
    return a.claimed.job.id.substr(0, 40) + '.' + base::to_hex(unique);
}

queue::outcome only_try(queue::outcome o) {
    using enum queue::outcome::verb;
    if (o.what == done || o.what == dead) return o;
    auto out = queue::dead(std::move(o.reason), std::move(o.detail), o.sent);
    out.contact = std::move(o.contact);
    return out;
}

/// What the commit found out.
struct sending::commit_word {
    std::string refused_because;
};

sending::sending(const services& s, site::reminders& ledger)
    : services_{s}, ledger_{ledger}, server_good_{base::error{base::errc::unavailable, "no mail server"}} {
    if (s.settings.mail.host.empty()) return;
    auto server = server_of(s.settings.mail);
    server_good_ = net::check_server(server);
    if (server_good_)
        line_ = std::make_unique<mail_line>(std::move(server), static_cast<std::size_t>(s.settings.mail.connections));
}

base::result<sending::ready> sending::build(const errand& e, const std::vector<rendered>& texts) const {
    const auto& a = e.job;
    auto id = e.is_test ? make_message_id(settings(), "test." + a.claimed.job.id)
                        : make_message_id(settings(), std::to_string(e.row.id));
    const auto mail =
        compose(settings().mail, e.letter, texts, e.row.message_id.empty() ? id : e.row.message_id, a.now);
    auto from = net::canonical_address(mail.from.address);
    if (!from) return base::fail(std::move(from));
    auto to = net::canonical_address(mail.to.address);
    if (!to) return base::fail(std::move(to));
    auto bytes = net::build_message(mail);
    if (!bytes) return base::fail(std::move(bytes));
    ready out;
    out.wire = {.address_hash = site::hash_address(e.letter.to),
                .message_id = mail.message_id,
                .subject = mail.subject,
                .content_hash = base::sha256_hex(*bytes)};
    out.envelope = {std::move(*from), std::move(*to), std::move(*bytes)};
    return out;
}

verdict sending::unrendered_verdict(const errand& e, const not_composed& no) {
    const bool gone = no.trouble.why == unrendered_letter::cause::gone;
    auto v = unrendered(e.at(), gone ? "unknown_to_site" : "companion_unavailable", no.trouble.detail, e.job.random);
    if (no.status != 401 && no.status != 403) return v;
    v.hold_kind = true;
    v.alert = "the companion refuses our key, so all letters are held";
    return v;
}

base::awaitable<std::variant<sending::ready, verdict>> sending::prepare(errand& e) {
    const auto texts = co_await render(services_.http, settings(), e.letter, e.job);
    if (const auto* no = std::get_if<not_composed>(&texts)) co_return unrendered_verdict(e, *no);
    auto built = build(e, std::get<std::vector<rendered>>(texts));
    if (!built) co_return told_why(built.error());
    if (e.is_test) co_return std::move(*built);
    const auto begun = co_await ledger_.start_streaming(e.fence, built->wire, e.now(), e.job.limit);
    if (!begun || !*begun) co_return ledger_says_no(e, begun);
    co_return std::move(*built);
}

base::awaitable<bool> sending::commit(site::letter_fence fence, base::time_ms now, base::deadline needed,
                                      std::shared_ptr<commit_word> word) {
    // A server that takes its time after this must be heard out, or the doubt is of our own making.
    word->refused_because = "too_late";
    if (needed.is_reached()) co_return false;
    const auto written = co_await ledger_.commit_in_doubt(std::move(fence), now, base::deadline::after(commit_within));
    word->refused_because = written ? "taken_over" : "ledger_unavailable";
    co_return written && *written;
}

base::awaitable<verdict> sending::carry(errand& e) {
    if (!line_) co_return held_for_server(e, server_good_.error());
    auto prepared = co_await prepare(e);
    if (auto* instead = std::get_if<verdict>(&prepared)) co_return std::move(*instead);
    auto& letter = std::get<ready>(prepared);
    const base::deadline limit{e.job.limit.at() - room_to_write};
    const base::deadline needed{limit.at() - std::min<std::chrono::nanoseconds>(room_for_answer, limit.left() / 2)};
    const auto word = std::make_shared<commit_word>();
    auto step = [this, fence = e.fence, now = e.now(), needed, word] { return commit(fence, now, needed, word); };
    struct always {
        static base::awaitable<bool> yes() { co_return true; }
    };
    const auto said = co_await line_->send(std::move(letter.envelope),
                                           e.is_test ? mail_line::commit_step{&always::yes} : std::move(step), limit);
    const ended_dialogue ended{.said = said,
                               .at = e.at(),
                               .refused_because = word->refused_because,
                               .doubt = e.is_test ? config::doubt_rule::none : settings().mail.reconcile};
    auto v = judge(ended, e.job.random);
    if (v.outcome.contact.health != queue::health::unknown) v.outcome.contact.host = settings().mail.host;
    co_return v;
}

}  // namespace dormouse::jobs::reminder_email
