#include "gateway/config.hpp"

#include <algorithm>

namespace vc::gateway {
namespace {

constexpr std::string_view kUsage = R"(velocity-server: the gateway of a self-hosted build cache.

Usage: velocity-server [options]            serve
       velocity-server doctor [options]     try the store and say what is wrong, then exit
       velocity-server healthcheck [options]
           exit 0 when the one that runs with these options is ready, else 1 with the reason

Examples:
  VC_AUTH_TOKEN=$(openssl rand -hex 24) velocity-server
  VC_AUTH_TOKEN_FILE=/run/secrets/token velocity-server --local-root /var/lib/velocity --port 8080
  velocity-server --allow-anonymous --storage-driver memory     # to try it out
  velocity-server doctor --storage-driver s3 --s3-bucket ci-cache
  velocity-server healthcheck --port 9000 && echo ready

Each option is a flag and an environment variable; a flag wins. Full reference: docs/config.md.

  --help       show this
  --version    show the version
)";

constexpr std::string_view kDocsHead = R"(# Configuration of velocity-server

<!-- Generated: velocity-server --print-config-docs > docs/config.md -->

Every option is an environment variable and a flag: `VC_LOCAL_ROOT` and `--local-root` are the same.
A flag wins over the variable, the variable over its file (`VC_AUTH_TOKEN_FILE` names a file that
holds the secret; both at once is an error), and that over the default. Sizes are written `512MB`
or `10GiB`, times `90s` or `15m`. Variables that begin with `VC_` and are not listed here are warned
about at the start, with a suggestion. A wrong value stops the start and names all mistakes at once.

The credentials of the s3 driver come from the first of these places that is set, in the order of the
AWS SDKs:

1. the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary ones,
   `AWS_SESSION_TOKEN`;
2. the profile `AWS_PROFILE` (or `default`) of `AWS_SHARED_CREDENTIALS_FILE` (`~/.aws/credentials`)
   and `AWS_CONFIG_FILE` (`~/.aws/config`): `aws_access_key_id`, `aws_secret_access_key` and
   `aws_session_token`, or `role_arn` and `web_identity_token_file`; a file that changes is read
   again within two seconds (`credential_process`, SSO and `source_profile` are not supported);
3. web identity (IRSA on EKS): `AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE` and
   `AWS_ROLE_SESSION_NAME`, exchanged at `AWS_ENDPOINT_URL_STS` or at the token service of
   `AWS_REGION`;
4. the container (ECS, EKS Pod Identity): `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or
   `AWS_CONTAINER_CREDENTIALS_FULL_URI` with `AWS_CONTAINER_AUTHORIZATION_TOKEN` or
   `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`; a full URI must be https, or name this machine,
   169.254.170.2, 169.254.170.23 or [fd00:ec2::23];
5. the metadata of an EC2 instance, version 2, unless `AWS_EC2_METADATA_DISABLED=true`;
   `AWS_EC2_METADATA_SERVICE_ENDPOINT` moves it. In a container it takes a hop limit of 2.

Those that end are renewed in the background, from 5 minutes before that on, and no signed URL
outlives what signed it. They need no more than `s3:GetObject` and `s3:PutObject` on the objects and
`s3:ListBucket` on the bucket, without which stores do not say what is missing. `AWS_CA_BUNDLE`, or
`SSL_CERT_FILE`, names a file of certificates to trust in place of the system's, for the store and
for the token service.

The gcs driver signs with the service account whose JSON key file `GOOGLE_APPLICATION_CREDENTIALS`
names, or with an HMAC key (`VC_GCS_HMAC_ID` and `VC_GCS_HMAC_SECRET`, which win), whose signatures
cost a thousandth of the computing. It may need no more than `storage.objects.get`,
`storage.objects.create` and `storage.objects.list` on the bucket.

The azure driver signs with a key of the storage account, from `VC_AZURE_ACCOUNT` and
`VC_AZURE_ACCOUNT_KEY`, else from `AZURE_STORAGE_CONNECTION_STRING`, else from `AZURE_STORAGE_ACCOUNT`
and `AZURE_STORAGE_KEY`. Its upload tickets are service SAS with the right to create (`sp=c`), which
is refused where there is a blob, and no other right. A SAS signs no headers. So whoever holds an
upload ticket could, once and under that one key, store something of another length, with other
bytes or other metadata than announced, and could take snapshots of the blob that is there. Agents
refuse what does not match its seal; the key is of no use to anybody until that blob is deleted.

)";

}  // namespace

std::optional<std::string> answer_at_once(std::span<const std::string> arguments) {
  const auto given = [&](std::string_view flag) {
    return std::ranges::find(arguments, flag) != arguments.end();
  };
  if (given("--help") || given("-h")) {
    return std::string(kUsage) + options_help(option_table());
  }
  if (given("--version")) {
    return "velocity-server " VC_VERSION "\n";
  }
  if (given("--print-config-docs")) {
    return std::string(kDocsHead) + options_markdown(option_table());
  }
  return std::nullopt;
}

}  // namespace vc::gateway
