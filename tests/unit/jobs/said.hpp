#pragma once
// Answers of an API, made by hand for tests of answer tables.

#include "jobs/api/rows.hpp"

#include <boost/json/parse.hpp>

#include <optional>
#include <string>

namespace dormouse::jobs::api {

inline answer said(int status, const std::string& body = {}, std::optional<base::ms> retry_after = {}) {
    answer a;
    a.exchange.progress = net::progress::answered;
    a.exchange.response.status = status;
    a.exchange.response.body = body;
    if (!body.empty() && (body.front() == '{' || body.front() == '[')) a.json = boost::json::parse(body);
    a.retry_after = retry_after;
    return a;
}

inline answer silent(net::failure_class c, net::progress p) {
    answer a;
    a.exchange.failed = c;
    a.exchange.progress = p;
    return a;
}

}  // namespace dormouse::jobs::api
