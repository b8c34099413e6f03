#pragma once
// Receivers for benchmarks: one HTTP server per endpoint, each on a loopback address of its own (127.0.0.1, 127.0.0.2
// …), so that the HTTP client sees as many hosts. All in one thread beside the one that is measured.

#include "base/clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <thread>
#include <vector>

namespace dormouse::cli {

class bench_receiver {
public:
    /// Listens at once. Endpoint 0 answers after `stall`, the others at once; every answer is 200. At most 250
    /// endpoints. Throws `boost::system::system_error` if it cannot listen.
    bench_receiver(int endpoints, base::ms stall);
    ~bench_receiver();
    bench_receiver(const bench_receiver&) = delete;
    bench_receiver& operator=(const bench_receiver&) = delete;

    [[nodiscard]] const std::string& url(int endpoint) const { return urls_.at(static_cast<std::size_t>(endpoint)); }

private:
    boost::asio::io_context io_{1};
    std::vector<std::string> urls_;
    std::thread thread_;
};

}  // namespace dormouse::cli
