#include "queue/redis/script.hpp"

#include "base/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <span>

namespace dormouse::queue::redis {

namespace {
std::string sha1_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
        throw base::failure{{base::errc::io_error, "OpenSSL has no SHA-1, by which Redis names scripts"}};
    return base::to_hex(std::span{digest}.first(size));
}
}  // namespace

script::script(std::string name, std::string body)
    : name_{std::move(name)}, body_{std::move(body)}, sha1_{sha1_hex(body_)} {}

script_call::script_call(const script& s, std::size_t keys, std::size_t args, std::size_t reserve)
    : script_{&s}, command_{reserve} {
    command_.begin(3 + keys + args).arg("EVALSHA").arg(s.sha1()).arg(keys);
}

base::awaitable<base::result<reply>> run(connection& c, script_call call, base::deadline limit) {
    if (limit.is_never()) limit = base::deadline::after(c.options().command_timeout);
    auto a = co_await c.exec_keeping(std::move(call.command_), limit);
    if (!a.what || a.what->error_code() != "NOSCRIPT") co_return std::move(a.what);
    auto again = a.sent.with_first_words({"EVAL", call.script_->body()});
    co_return co_await c.exec(std::move(again), limit);
}

base::awaitable<base::result<void>> load(connection& c, std::vector<const script*> scripts, base::deadline limit) {
    command_buffer all;
    for (const auto* s : scripts) all.add({"SCRIPT", "LOAD", s->body()});
    auto replies = co_await c.exec_all(std::move(all), limit);
    if (!replies) co_return base::fail(std::move(replies));
    for (std::size_t i = 0; i < scripts.size(); ++i) {
        const auto& r = (*replies)[i];
        if (r.is_error())
            co_return base::error{to_error(r).code, "script " + scripts[i]->name() + ": " + std::string{r.text()}};
    }
    co_return base::result<void>{};
}

}  // namespace dormouse::queue::redis
