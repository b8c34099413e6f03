#pragma once
// The depth of the queues for everybody who asks: one call to Redis at a time, its answer kept for a moment. However
// many scrapes and open status pages there are, Redis sees at most one reading a second.

#include "base/async/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "queue/depth.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace dormouse::admin {

using read_depth = std::function<base::awaitable<base::result<queue::site_depth>>()>;
using depth_result = base::result<queue::site_depth>;

/// Used on one event loop.
class depth_source {
public:
    struct limits {
        base::ms answer{1'000};  ///< A reading that takes longer is a failed one (errc::timed_out).
        base::ms fresh{1'000};   ///< A reading, failed or not, serves everybody for so long.
    };

    /// `read` must stay callable until the loop has run dry: a reading that was begun goes on when its caller leaves.
    depth_source(boost::asio::any_io_executor executor, read_depth read);
    depth_source(boost::asio::any_io_executor executor, read_depth read, limits l);

    /// The latest reading, at most `fresh` old. Never throws for what `read` does; errc::cancelled if the caller is.
    [[nodiscard]] base::awaitable<depth_result> get();

private:
    struct state;
    [[nodiscard]] static base::awaitable<> refresh(std::shared_ptr<state> s);
    [[nodiscard]] static base::awaitable<depth_result> get_from(std::shared_ptr<state> s);

    std::shared_ptr<state> state_;
};

}  // namespace dormouse::admin
