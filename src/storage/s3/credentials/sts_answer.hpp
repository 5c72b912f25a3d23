// The XML in which a security token service answers AssumeRole and its kin.
//
// No XML parser: of a document whose shape is published, one element with four children that hold
// plain text is read, and everything that could be read in two ways is refused.
#pragma once

#include "core/result.hpp"
#include "storage/s3/credentials.hpp"

#include <string_view>

namespace vc::storage {

inline constexpr std::size_t kStsAnswerBytesMax = 64 << 10;

// <Credentials> with <AccessKeyId>, <SecretAccessKey>, <SessionToken> and <Expiration>, each
// exactly once. Errc::invalid names what is wrong, never a value.
Result<Credentials> parse_sts_answer(std::string_view xml);

}  // namespace vc::storage
