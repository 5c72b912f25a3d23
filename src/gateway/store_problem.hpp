// store_problem: what a caller may know of a failure of the store.
#pragma once

#include "core/result.hpp"
#include "wire/problem.hpp"

namespace vc::gateway {

// Never the store's own words, which can name paths and hosts. What the store was denied, or
// misses, is nothing that the caller did: to them it is a store that does not work.
inline wire::Problem store_problem(const Error& error) {
  switch (error.code) {
    case Errc::invalid:
    case Errc::unauthenticated:
    case Errc::denied:
    case Errc::not_found:
    case Errc::conflict:
      return wire::to_problem({.code = Errc::unavailable});
    default:
      return wire::to_problem({.code = error.code});
  }
}

}  // namespace vc::gateway
