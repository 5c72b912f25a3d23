#include "driver_contract.hpp"

#include "storage/memory_driver.hpp"

namespace vc::storage {
namespace {

class MemoryStore final : public StoreUnderTest {
 public:
  MemoryStore(const Clock& clock, std::uint64_t object_bytes_max)
      : driver_(clock, {.object_bytes_max = object_bytes_max}) {}

  Driver& driver() override { return driver_; }

  void reopen() override { FAIL() << "forgets_on_reopen is declared"; }

 private:
  MemoryDriver driver_;
};

INSTANTIATE_TEST_SUITE_P(Memory, DriverContract,
                         testing::Values(DriverUnderTest{
                             .name = "memory",
                             .make =
                                 [](const Clock& clock, std::uint64_t object_bytes_max) {
                                   return std::make_unique<MemoryStore>(clock, object_bytes_max);
                                 },
                             .forgets_on_reopen = true}));

TEST(MemoryDriverTest, HoldsAsMuchAsItIsAllowedAndNoByteMore) {
  const FakeClock clock;
  MemoryDriver driver(clock, {.object_bytes_max = 10, .bytes_max = 10});
  const auto commit = [&](std::string_view name, std::string_view body) {
    const auto spool = driver.spool(std::nullopt);
    EXPECT_TRUE((*spool)->write(as_bytes(body)));
    return (*spool)->commit(*wire::ObjectKey::create(*wire::Scope::parse("a"), "b", name), {},
                            PutMode::replace);
  };
  EXPECT_TRUE(commit("first", "12345"));
  EXPECT_TRUE(commit("second", "12345"));
  const auto full = commit("third", "1");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Errc::no_space);
  EXPECT_TRUE(commit("first", "54321")) << "replacing takes no more room";
}

}  // namespace
}  // namespace vc::storage
