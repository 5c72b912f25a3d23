#include "s3_store.hpp"

namespace vc::storage {
namespace {

INSTANTIATE_TEST_SUITE_P(CephRgw, DriverContract,
                         testing::Values(driver_on("Ceph RGW", {.program = "ceph_rgw.py"})));

INSTANTIATE_TEST_SUITE_P(Minio, DriverContract,
                         testing::Values(driver_on("MinIO", {.program = "minio.py"})));

}  // namespace
}  // namespace vc::storage
