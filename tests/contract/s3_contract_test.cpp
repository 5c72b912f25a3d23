#include "s3_store.hpp"

namespace vc::storage {
namespace {

INSTANTIATE_TEST_SUITE_P(CephRgw, DriverContract,
                         testing::Values(DriverUnderTest{
                             .name = "Ceph RGW",
                             .make =
                                 [](const Clock&, std::uint64_t object_bytes_max) {
                                   return std::make_unique<S3Store>(object_bytes_max);
                                 },
                             .absence = tests::CephRgw::absence()}));

}  // namespace
}  // namespace vc::storage
