#include "cli/site_session.hpp"

#include "site/pool.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>

#include <csignal>
#include <exception>
#include <ostream>
#include <string>

namespace dormouse::cli {

namespace {
bool was_cancelled(const std::exception_ptr& fault) {
    try {
        std::rethrow_exception(fault);
    } catch (const boost::system::system_error& e) {
        return e.code() == base::asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}
}  // namespace

exit_code with_site(const context& ctx, const config::database_settings& database, const site_command& command) {
    configure_quiet_log(ctx);
    base::asio::io_context io;
    site::pool pool{database};
    base::asio::cancellation_signal stop;
    base::asio::signal_set signals{io, SIGINT, SIGTERM};
    signals.async_wait([&stop](const boost::system::error_code& e, int) {
        if (!e) stop.emit(base::asio::cancellation_type::terminal);
    });
    auto ended = exit_code::failed;
    std::exception_ptr fault;
    base::asio::co_spawn(io, command(pool),
                         base::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e, exit_code code) {
                             fault = std::move(e);
                             ended = code;
                             signals.cancel();
                         }));
    io.run();
    if (!fault) return ended;
    if (!was_cancelled(fault)) std::rethrow_exception(fault);
    ctx.err << "dormouse: stopped\n";
    return exit_code::failed;
}

exit_code report_site(const context& ctx, const config::database_settings& database, const base::error& e) {
    if (e != base::errc::unavailable && e != base::errc::connection_lost) return report(ctx, e);
    const auto where = database.socket.empty() ? database.host + ":" + std::to_string(database.port) : database.socket;
    return report(ctx, {e.code, "the database is not reachable at " + where + ": " + e.message()});
}

}  // namespace dormouse::cli
