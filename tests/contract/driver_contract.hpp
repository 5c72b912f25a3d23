// DriverContract: what every Driver promises, as one suite that runs over all of them.
//
// A driver joins by instantiating it with a DriverUnderTest (memory_contract_test.cpp is the
// shortest). What a driver cannot do is declared there, so that the list of deviations is the code
// and not a comment.
#pragma once

#include "store_server.hpp"

#include "core/clock.hpp"
#include "core/testing/fake_clock.hpp"
#include "storage/driver.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

namespace vc::storage {

// A store, for the length of one test, and handles on it.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual Driver& driver() = 0;
  // Drops the handle and takes a new one, as a restarted gateway does.
  virtual void reopen() = 0;
};

struct DriverUnderTest {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>(const Clock&, std::uint64_t object_bytes_max)> make;

  // Which program of tests/servers it needs; without it the tests are skipped with its reason.
  std::string server;

  // Deviations.
  bool forgets_on_reopen = false;    // Nothing outlives the handle.
  bool overwrites_in_races = false;  // Writers of one key at the same time can all succeed.
  // The store checks no signed headers (Azure's SAS has none): with a ticket, something of another
  // length or with other metadata can be stored under its key, once. Agents refuse it: its seal
  // does not match.
  bool tickets_bind_no_headers = false;
};

inline void PrintTo(const DriverUnderTest& under_test, std::ostream* out) {
  *out << under_test.name;
}

class DriverContract : public testing::TestWithParam<DriverUnderTest> {
 protected:
  static constexpr std::uint64_t kObjectBytesMax = 1 << 20;

  void SetUp() override {
    if (!GetParam().server.empty()) {
      const auto& server = tests::StoreServer::shared(GetParam().server);
      if (!server && server.error().code == Errc::not_found) {
        GTEST_SKIP() << server.error().message;
      }
      ASSERT_TRUE(server) << server.error().message;
    }
    store_ = GetParam().make(clock_, kObjectBytesMax);
  }

  Driver& driver() { return store_->driver(); }

  // Nothing of a refused upload may be seen in any way.
  void expect_nothing(const wire::ObjectKey& key);
  // Commits `body` under other terms than its own; the code of the refusal.
  Errc refusal(const wire::ObjectKey& key, std::string_view body, const UploadTerms& terms);

  FakeClock clock_;
  std::unique_ptr<StoreUnderTest> store_;
};

}  // namespace vc::storage
