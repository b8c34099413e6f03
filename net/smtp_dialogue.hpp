#pragma once
// Follows the dialogue with a relay from the lines that went each way: how far it came, and what the last answer said.
// Pure: it is told lines (libcurl's trace) and decides nothing.

#include "net/mail_sender.hpp"

#include <string>
#include <string_view>

namespace dormouse::net {

/// A reply, its lines put together.
struct smtp_reply {
    int code = 0;  ///< 0: none yet.
    std::string enhanced{};
    std::string text{};  ///< Redacted, printable ASCII, behind the codes; lines joined by a space; at most 500 bytes.
};

class smtp_dialogue {
public:
    /// The connection stands (and is TLS, where that is implicit).
    void connected() noexcept;
    /// A command line was written. Lines of AUTH's exchange come here too and are not kept.
    void sent(std::string_view line);
    /// One line came.
    void received(std::string_view line);
    /// The body went out whole and the commit said yes: the next reply answers the final dot.
    void committed() noexcept { stage_ = mail_stage::committed; }

    [[nodiscard]] mail_stage stage() const noexcept { return stage_; }
    [[nodiscard]] const smtp_reply& reply() const noexcept { return reply_; }
    /// True if the mail's command came without a greeting before it: the connection was there already.
    [[nodiscard]] bool reused() const noexcept { return !greeted_ && stage_ >= mail_stage::from; }
    /// The greeting came, good or bad.
    [[nodiscard]] bool greeted() const noexcept { return greeted_; }
    [[nodiscard]] bool authenticated() const noexcept { return authenticated_; }
    /// QUIT was written: what comes now says nothing about the mail.
    [[nodiscard]] bool leaving() const noexcept { return leaving_; }

private:
    mail_stage stage_ = mail_stage::connect;
    smtp_reply reply_;
    bool open_reply_ = false;  ///< More lines of `reply_` follow.
    bool greeted_ = false;
    bool authenticated_ = false;
    bool leaving_ = false;
};

/// The relay's name for a mail in its answer to the final dot ("2.0.0 Ok: queued as 4ABC", "OK id=1pX-0001"), at most
/// 191 bytes; the whole text if it has no such words.
[[nodiscard]] std::string queue_id_of(std::string_view text);

}  // namespace dormouse::net
