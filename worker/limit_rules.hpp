#pragma once
// Which limits a job runs under: those of its kind and those of the configuration (`worker.limits`). Pure.

#include "config/settings.hpp"
#include "queue/job.hpp"
#include "queue/limit.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dormouse::worker {

/// The rules of `worker.limits`, ready to be applied.
class limit_rules {
public:
    explicit limit_rules(const std::vector<config::limit_rule>& rules);

    /// `own`: what the kind itself demands. A rule adds its limit if its kind fits and all its `{members}` stand in the
    /// job's args as numbers or texts. Of two limits with one name the stricter places and the stricter rate hold.
    [[nodiscard]] std::vector<queue::limit> of(std::string_view kind, const boost::json::object& args,
                                               std::vector<queue::limit> own) const;

private:
    struct part {
        std::string text;
        bool is_member = false;
    };
    struct rule {
        std::string kind;
        std::vector<part> name;
        int most = 1;
        int per_minute = 0;
    };
    [[nodiscard]] static std::vector<part> parts_of(std::string_view name);
    /// Empty if a member is missing or is no number and no text.
    [[nodiscard]] static std::string name_for(const rule& r, const boost::json::object& args);

    std::vector<rule> rules_;
};

/// A limit's name, or a value in one, that queue/lua/limits.lua can take apart again: `text` itself if it has 1 to
/// `longest` bytes without spaces and controls, else `sha256:<32 hex digits>`.
[[nodiscard]] std::string plain_name(std::string_view text, std::size_t longest);

}  // namespace dormouse::worker
