#include "base/async/spawn.hpp"

#include "base/log.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace dormouse::base {

namespace {
void report(const std::string& name, const std::exception_ptr& failed) {
    try {
        std::rethrow_exception(failed);
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) log::error(name + ".died", {{"error", e.what()}});
    } catch (const std::exception& e) {
        log::error(name + ".died", {{"error", e.what()}});
    } catch (...) {
        log::error(name + ".died", {{"error", "not a std::exception"}});
    }
}
}  // namespace

void spawn(const asio::any_io_executor& on, std::string name, awaitable<> loop, std::function<void()> on_end) {
    asio::co_spawn(on, std::move(loop),
                   [name = std::move(name), on_end = std::move(on_end)](const std::exception_ptr& failed) {
                       if (failed) report(name, failed);
                       if (on_end) on_end();
                   });
}

}  // namespace dormouse::base
