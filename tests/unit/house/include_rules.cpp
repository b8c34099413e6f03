#include "tests/unit/house/include_rules.hpp"

#include "tests/unit/house/source_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>
#include <string_view>

namespace dormouse::house {
namespace {

struct room {
    std::string_view name;
    std::vector<std::string_view> may_include;  ///< Rooms, and single files of rooms, beside its own.
};

// The picture of docs/architecture.md: an include goes down only. `jobs` sees a job, not the queue it lies in.
const std::array rooms{
    room{"base", {}},
    room{"config", {"base"}},
    room{"queue", {"base", "config"}},
    room{"net", {"base", "config"}},
    room{"site", {"base", "config"}},
    room{"jobs",
         {"base", "config", "net", "site", "queue/job.hpp", "queue/limit.hpp", "queue/outcome.hpp",
          "queue/retry_policy.hpp"}},
    room{"worker", {"base", "config", "queue", "net", "site", "jobs"}},
    room{"scheduler", {"base", "config", "queue", "net", "site", "jobs"}},
    room{"admin", {"base", "config", "queue", "net", "site", "jobs", "worker", "scheduler"}},
    room{"cli", {"base", "config", "queue", "net", "site", "jobs", "worker", "scheduler", "admin"}},
};

struct library {
    std::string_view header;  ///< Beginning of the path in <>.
    std::string_view where;   ///< Regular expression of the files that may include it.
};

// Heavy or dangerous libraries stay behind one door.
constexpr std::array libraries{
    library{"boost/beast", "(net|admin)/.*\\.cpp"},
    library{"cppconn/", "site/.*\\.cpp"},
    library{"curl/", "net/mail_.*"},
    library{"gmime/", "net/message\\.cpp"},
    library{"libxml/", "net/html_text\\.cpp"},
    library{"hiredis/", "queue/redis/.*\\.cpp"},
    library{"date/tz.h", "scheduler/time_zone\\.cpp"},
};

constexpr std::string_view key_text = "dormouse:{";
constexpr std::string_view key_file = "queue/keys.hpp";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

const room* room_of(std::string_view path) {
    const auto name = path.substr(0, path.find('/'));
    const auto found = std::ranges::find(rooms, name, &room::name);
    return contains(path, "/") && found != rooms.end() ? &*found : nullptr;
}

bool allowed(const room& from, std::string_view path) {
    const auto* to = room_of(path);
    return to == nullptr || to == &from ||
           std::ranges::any_of(from.may_include, [&](auto ok) { return ok == to->name || ok == path; });
}

void check_line(const room& from, const std::string& file, std::size_t number, const std::string& line,
                std::vector<std::string>& out) {
    static const std::regex include{R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)"};
    if (std::smatch m; std::regex_match(line, m, include)) {
        const auto path = m[2].str();
        if (path.starts_with("..") || contains(path, "/../"))
            out.push_back(fmt::format("{}:{}: write the path from the root, not {}", file, number, path));
        else if (path.starts_with("tests/"))
            out.push_back(fmt::format("{}:{}: the product does not include {}", file, number, path));
        else if (!allowed(from, path))
            out.push_back(fmt::format("{}:{}: {} may not include {}", file, number, from.name, path));
        for (const auto& l : libraries)
            if (path.starts_with(l.header) && !std::regex_match(file, std::regex{std::string{l.where}}))
                out.push_back(fmt::format("{}:{}: {} belongs into {}", file, number, path, l.where));
    }
    if (contains(line, key_text) && file != key_file)
        out.push_back(fmt::format("{}:{}: key names are made in {}", file, number, key_file));
}

std::vector<std::string> sources(const std::filesystem::path& root) {
    auto out = source_files(root);
    std::erase_if(out, [](const std::string& f) {
        return room_of(f) == nullptr || !(f.ends_with(".hpp") || f.ends_with(".cpp"));
    });
    return out;
}

}  // namespace

std::vector<std::string> broken_rules(const std::filesystem::path& root) {
    std::vector<std::string> out;
    for (const auto& file : sources(root)) {
        std::ifstream in{root / file};
        std::string line;
        for (std::size_t number = 1; std::getline(in, line); ++number)
            check_line(*room_of(file), file, number, line, out);
    }
    return out;
}

std::size_t files_in_rooms(const std::filesystem::path& root) { return sources(root).size(); }

}  // namespace dormouse::house
