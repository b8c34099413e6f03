#pragma once
// Is the program alive (`/healthz`), and may it be given work (`/readyz`)? Checks read what their services already
// know; they do no I/O, so a probe costs nothing and cannot hang.

#include "admin/reply.hpp"

#include <functional>
#include <string>
#include <vector>

namespace dormouse::admin {

struct verdict {
    bool ok = false;
    std::string text{};  ///< For people: what is wrong, or a fact worth knowing. Redacted before it is shown.
};

/// One condition of readiness: `redis`, `claiming`, `site`, `stopping`, `redis-policy`, ...
struct check {
    std::string name;
    std::function<verdict()> ask;  ///< An exception counts as "not ok" with its text.
};

class health {
public:
    /// In the order of display. Used on the event loop only.
    void add(std::string name, std::function<verdict()> ask);

    /// 200 whenever the event loop turns: the answer itself is the proof.
    [[nodiscard]] reply alive() const;

    /// 200 if every check is ok, else 503. Either way the body names each: `{"ready":…,"checks":{name:{ok,text}}}`.
    [[nodiscard]] reply ready() const;

private:
    std::vector<check> checks_;
};

}  // namespace dormouse::admin
