#include "azure_store.hpp"

namespace vc::storage {
namespace {

INSTANTIATE_TEST_SUITE_P(Azurite, DriverContract,
                         testing::Values(DriverUnderTest{
                             .name = "Azurite",
                             .make =
                                 [](const Clock&, std::uint64_t object_bytes_max) {
                                   return std::make_unique<AzureStore>(object_bytes_max);
                                 },
                             .server = kAzurite,
                             .tickets_bind_no_headers = true}));

}  // namespace
}  // namespace vc::storage
