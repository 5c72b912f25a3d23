#include "storage/s3/s3_signer.hpp"

#include <algorithm>

namespace vc::storage {

Result<SignedUrl> S3Signer::sign(const S3Endpoint& endpoint, const S3Request& request,
                                 std::chrono::seconds life) const {
  VC_TRY(const auto credentials, credentials_->current());
  const TimePoint now = clock_.now();
  life = std::min(life, kPresignedLifeMax);
  if (const auto& expires_at = credentials->expires_at) {
    const auto left =
        std::chrono::floor<std::chrono::seconds>(*expires_at - now) - kCredentialsMargin;
    life = std::min(life, left);
  }
  if (life.count() < 1) {
    return fail(Errc::unavailable, "the credentials for the store have expired");
  }
  return SignedUrl{
      .url = endpoint.origin() + presigner_.presign({.method = request.method,
                                                     .host = endpoint.host(),
                                                     .path = endpoint.path_of(request.object),
                                                     .query = request.query,
                                                     .headers = request.headers},
                                                    *credentials, now, life),
      .life = life};
}

}  // namespace vc::storage
