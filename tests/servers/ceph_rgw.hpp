// CephRgw: a real S3 store for the tests of one process, ended with it (ceph_rgw.py).
#pragma once

#include "core/fd.hpp"
#include "core/result.hpp"

#include <sys/types.h>

#include <string>

namespace vc::tests {

class CephRgw {
 public:
  // Why there can be none here, in one line; "" when its programs are installed.
  static std::string absence();

  // The one of this process, started at the first call, which takes seconds. A store that does not
  // start is an Error for everybody.
  static const Result<CephRgw>& shared();

  CephRgw(CephRgw&& other) noexcept;
  CephRgw(const CephRgw&) = delete;
  CephRgw& operator=(const CephRgw&) = delete;
  CephRgw& operator=(CephRgw&&) = delete;
  ~CephRgw();

  const std::string& endpoint() const { return endpoint_; }

  const std::string& access_key() const { return access_key_; }

  const std::string& secret_key() const { return secret_key_; }

 private:
  CephRgw() = default;

  static Result<CephRgw> start();

  pid_t pid_ = -1;
  UniqueFd stdin_;  // It runs until this is closed, by us or by our end.
  std::string endpoint_;
  std::string access_key_;
  std::string secret_key_;
};

}  // namespace vc::tests
