// Problem: how an error looks on the wire (RFC 9457, application/problem+json), and the one table
// Errc <-> HTTP status.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace vc::wire {

struct Problem {
  int status = 500;
  std::string code;    // Stable, for programs: "size_required", "unauthenticated", "too_large" ...
  std::string detail;  // For people. Never a path of the server, a token or a URL.
  std::string hint;
  std::string request_id;
};

int http_status(Errc code);
Errc errc_of_status(int status);
std::string_view problem_code(Errc code);

Problem to_problem(const Error& error);
std::string to_json(const Problem& problem);
// Reads what a gateway (or a proxy in front of it) sent: an unparsable body becomes a Problem with
// just the status.
Problem parse_problem(int status, std::string_view body);

}  // namespace vc::wire
