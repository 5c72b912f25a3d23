#include "s3_store.hpp"

namespace vc::storage {
namespace {

DriverUnderTest s3_driver_on(std::string name, std::string program) {
  return {.name = std::move(name),
          .make =
              [program](const Clock&, std::uint64_t object_bytes_max) {
                return std::make_unique<S3Store>(program, object_bytes_max);
              },
          .server = program};
}

INSTANTIATE_TEST_SUITE_P(CephRgw, DriverContract,
                         testing::Values(s3_driver_on("Ceph RGW", "ceph_rgw.py")));

INSTANTIATE_TEST_SUITE_P(Minio, DriverContract, testing::Values(s3_driver_on("MinIO", "minio.py")));

}  // namespace
}  // namespace vc::storage
