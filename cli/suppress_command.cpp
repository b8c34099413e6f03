// dormouse letters suppress, unsuppress, suppressed: addresses that get no letters.
#include "cli/commands.hpp"
#include "cli/letter_print.hpp"
#include "cli/site_session.hpp"

#include <boost/json/array.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <ostream>

namespace dormouse::cli {

namespace {

namespace json = boost::json;

constexpr const char* example = R"(Example:
  dormouse letters suppress anna@example.org --note "asked by phone"
  dormouse letters unsuppress anna@example.org
  dormouse letters suppressed --limit 20

Only the SHA-256 of an address is kept; it may be given in place of the address.)";

constexpr auto longest_call = std::chrono::seconds{30};

base::deadline limit() { return base::deadline::after(longest_call); }

struct words {
    std::string address;
    std::string note;
    int limit = 50;
    int offset = 0;
    bool json = false;
};

base::result<std::string> hash_of(const std::string& given) {
    constexpr std::size_t hash_length = 64;
    const bool is_hash = given.size() == hash_length && std::ranges::all_of(given, [](char c) {
                             return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                         });
    if (is_hash) return given;
    if (given.find('@') == std::string::npos)
        return base::error{base::errc::invalid_argument,
                           "ADDRESS: expected an address such as anna@example.org, or "
                           "the SHA-256 of one in hex"};
    return site::hash_address(given);
}

base::awaitable<exit_code> suppress(site::pool& pool, const context& ctx, const config::settings& s, words w,
                                    std::string hash) {
    site::suppressions list{pool};
    const site::suppression one{hash, "by_hand", w.note, base::system_clock().now()};
    const auto added = co_await list.add(one, limit());
    if (!added) co_return report_site(ctx, s.site.database, added.error());
    if (w.json)
        print_json(ctx, {{"address_hash", hash}, {"added", *added}});
    else
        ctx.out << (*added ? "gets no letters from now on\n" : "got none already\n");
    co_return exit_code::ok;
}

base::awaitable<exit_code> unsuppress(site::pool& pool, const context& ctx, const config::settings& s, words w,
                                      std::string hash) {
    site::suppressions list{pool};
    const auto removed = co_await list.remove(hash, limit());
    if (!removed) co_return report_site(ctx, s.site.database, removed.error());
    if (!*removed) co_return report(ctx, {base::errc::not_found, "the address is not on the list"});
    if (w.json)
        print_json(ctx, {{"address_hash", hash}, {"removed", true}});
    else
        ctx.out << "may get letters again\n";
    co_return exit_code::ok;
}

base::awaitable<exit_code> suppressed(site::pool& pool, const context& ctx, const config::settings& s, words w) {
    site::suppressions list{pool};
    const auto rows = co_await list.list(w.limit, w.offset, limit());
    if (!rows) co_return report_site(ctx, s.site.database, rows.error());
    const bool more = static_cast<int>(rows->size()) == w.limit;
    const int next = w.offset + w.limit;
    if (w.json) {
        json::array all;
        for (const auto& r : *rows) all.push_back(to_json(r));
        print_json(ctx, {{"suppressed", std::move(all)}, {"next", more ? json::value(next) : json::value{}}});
        co_return exit_code::ok;
    }
    if (rows->empty())
        ctx.err << "no address is on the list\n";
    else
        print_suppressions(ctx.out, *rows);
    if (more) ctx.err << "there may be more: --offset " << next << '\n';
    co_return exit_code::ok;
}

using address_command = base::awaitable<exit_code> (*)(site::pool&, const context&, const config::settings&, words,
                                                       std::string);

exit_code with_address(const context& ctx, const words& w, address_command command) {
    const auto s = load_settings(ctx);
    if (!s) return exit_code::usage;
    const auto hash = hash_of(w.address);
    if (!hash) return report(ctx, hash.error());
    return with_site(ctx, s->site.database, [&](site::pool& pool) { return command(pool, ctx, *s, w, *hash); });
}

CLI::App* add_address(CLI::App& letters, context& ctx, const std::shared_ptr<words>& w, const char* name,
                      const char* what, address_command command) {
    auto* const sub = letters.add_subcommand(name, what);
    sub->add_option("ADDRESS", w->address, "The address, or its SHA-256")->required();
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(example);
    sub->callback([w, command, &ctx] { ctx.chosen = [w, command, &ctx] { return with_address(ctx, *w, command); }; });
    return sub;
}

}  // namespace

void add_suppressions(CLI::App& letters, context& ctx) {
    const auto put = std::make_shared<words>();
    add_address(letters, ctx, put, "suppress", "Send nothing to an address any more", suppress)
        ->add_option("--note", put->note, "Why, for people; no address in it");
    add_address(letters, ctx, std::make_shared<words>(), "unsuppress", "Allow letters to an address again", unsuppress);
    auto* const sub = letters.add_subcommand("suppressed", "List addresses that get no letters");
    const auto w = std::make_shared<words>();
    sub->add_option("--limit", w->limit, "At most so many")->capture_default_str()->check(CLI::Range(1, 1000));
    sub->add_option("--offset", w->offset, "Skip so many")->capture_default_str()->check(CLI::Range(0, 1'000'000));
    sub->add_flag("--json", w->json, "Print JSON");
    sub->footer(example);
    sub->callback([w, &ctx] {
        ctx.chosen = [w, &ctx] {
            const auto s = load_settings(ctx);
            if (!s) return exit_code::usage;
            return with_site(ctx, s->site.database, [&](site::pool& pool) { return suppressed(pool, ctx, *s, *w); });
        };
    });
}

}  // namespace dormouse::cli
