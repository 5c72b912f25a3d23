// The default chain: where credentials are looked for, in the order of the AWS SDKs. START HERE.
//
// The environment, the shared files, web identity, the container's endpoint, instance metadata. The
// choice is made once, from configuration alone: what the environment names is used, and when it
// does not work that is an error and not a reason to become somebody else.
#pragma once

#include "core/clock.hpp"
#include "core/env.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "storage/s3/credentials.hpp"
#include "storage/s3/credentials/container_provider.hpp"
#include "storage/s3/credentials/imds_provider.hpp"
#include "storage/s3/credentials/profile_provider.hpp"
#include "storage/s3/credentials/web_identity_provider.hpp"

#include <memory>
#include <string>
#include <variant>

namespace vc::storage {

// The one place that was chosen, and what it needs.
using CredentialsPlace = std::variant<Credentials, ProfileSource, WebIdentity, CredentialsEndpoint,
                                      ImdsProvider::Options>;

// Reads the files of profiles. `region` is where the token service is when AWS_REGION,
// AWS_DEFAULT_REGION and the profile do not say. Errc::invalid where what is set cannot work (half
// of a key pair, a host that is not allowed), or when nothing is set and AWS_EC2_METADATA_DISABLED
// forbids to ask the metadata service; it then names all that was looked for.
Result<CredentialsPlace> choose_credentials(const Environment& environment,
                                            std::string_view region);

// AWS_REGION, else AWS_DEFAULT_REGION, else the profile's; "" when none of them says.
std::string region_of(const Environment& environment);

struct CredentialsOptions {
  CredentialsPlace place;
  std::string ca_file;  // As net::ClientOptions has it.
};

// Does not wait for the first ones. `clock` and `log` must outlive the source.
std::unique_ptr<const CredentialsSource> make_credentials(const CredentialsOptions& options,
                                                          const Clock& clock, Log& log);

}  // namespace vc::storage
