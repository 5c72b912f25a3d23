// StoreServer: a real store for the tests of one process, ended with it: one of this folder's
// programs (serving.py).
#pragma once

#include "core/fd.hpp"
#include "core/result.hpp"

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>

namespace vc::tests {

class StoreServer {
 public:
  // The one of this process that `program` ("minio.py") runs, started at the first call, which
  // takes seconds. An Error for everybody when it cannot be had: Errc::not_found, with the reason,
  // where this machine lacks a part of it; tests are skipped then. Not thread-safe.
  static const Result<StoreServer>& shared(std::string_view program);

  StoreServer(StoreServer&& other) noexcept;
  StoreServer(const StoreServer&) = delete;
  StoreServer& operator=(const StoreServer&) = delete;
  StoreServer& operator=(StoreServer&&) = delete;
  ~StoreServer();

  // What the program has said of itself: "endpoint", "access_key"; "" for what it has not said.
  std::string operator[](std::string_view name) const;

 private:
  StoreServer() = default;

  static Result<StoreServer> start(std::string_view program);

  pid_t pid_ = -1;
  UniqueFd stdin_;  // It runs until this is closed, by us or by our end.
  std::map<std::string, std::string, std::less<>> said_;
};

}  // namespace vc::tests
