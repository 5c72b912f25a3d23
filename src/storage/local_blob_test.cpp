#include "storage/local_blob.hpp"

#include "core/files.hpp"
#include "core/temp_dir.hpp"
#include "wire/vcmeta.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <string>

namespace vc::storage {
namespace {

const BlobHeader kHeader{
    .body_bytes = 0x0102030405060708, .sha256 = sha256("body"), .vcmeta = "bWV0YQ"};

TEST(LocalBlobTest, AHeaderComesBackAsItWas) {
  const auto decoded = decode_blob_header(encode_blob_header(kHeader));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->body_bytes, kHeader.body_bytes);
  EXPECT_EQ(decoded->sha256, kHeader.sha256);
  EXPECT_EQ(decoded->vcmeta, kHeader.vcmeta);
}

TEST(LocalBlobTest, TheLongestVcmetaFits) {
  BlobHeader header = kHeader;
  header.vcmeta = std::string(wire::kVcmetaBytesMax, 'm');
  EXPECT_EQ(decode_blob_header(encode_blob_header(header))->vcmeta, header.vcmeta);
}

// The layout is a promise to later versions: docs/blob-format.md.
TEST(LocalBlobTest, TheLayoutIsTheDocumentedOne) {
  const auto bytes = encode_blob_header(kHeader);
  EXPECT_EQ(hex_encode(ByteView(bytes).first(24)),
            "895643424c4f420a"    // Magic.
            "01000000"            // Version.
            "00080000"            // Header length.
            "0807060504030201");  // Body length.
  EXPECT_EQ(hex_encode(ByteView(bytes).subspan(24, 32)), kHeader.sha256.hex());
  EXPECT_EQ(hex_encode(ByteView(bytes).subspan(56, 4)), "06000000");
  EXPECT_EQ(as_text(ByteView(bytes).subspan(60, 6)), "bWV0YQ");
  EXPECT_EQ(hex_encode(ByteView(bytes).subspan(2016, 32)),
            sha256(ByteView(bytes).first(2016)).hex());
}

TEST(LocalBlobTest, AnyFlippedBitIsNoticed) {
  const auto good = encode_blob_header(kHeader);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto damaged = good;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(decode_blob_header(damaged)) << "bit " << bit;
  }
}

TEST(LocalBlobTest, AShortHeaderIsNone) {
  const auto good = encode_blob_header(kHeader);
  for (const std::size_t size : {0U, 1U, 8U, 60U, 2047U}) {
    const auto decoded = decode_blob_header(ByteView(good).first(size));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, Errc::corrupt);
  }
}

// Going back to an older version must not cost the artifacts of the newer one.
TEST(LocalBlobTest, ANewerVersionIsNotTakenForDamage) {
  auto bytes = encode_blob_header(kHeader);
  bytes[8] = std::byte{2};
  const auto decoded = decode_blob_header(bytes);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Errc::unavailable);
  EXPECT_FALSE(decoded.error().hint.empty());
}

TEST(LocalBlobTest, AFileOfAnotherSizeThanItsHeaderSaysIsDamaged) {
  const TempDir directory = *TempDir::create();
  const fs::path path = directory.path() / "blob";
  const auto bytes = encode_blob_header({.body_bytes = 10, .sha256 = {}, .vcmeta = ""});
  ASSERT_TRUE(write_file_atomically(path, as_text(bytes)));
  const auto file = open_file(path, O_RDONLY);
  ASSERT_TRUE(file);
  for (const std::uint64_t wrong : {0U, 10U, 2047U, 2048U, 2057U, 2059U}) {
    const auto header = read_blob_header(file->get(), wrong);
    ASSERT_FALSE(header) << wrong;
    EXPECT_EQ(header.error().code, Errc::corrupt);
  }
  EXPECT_TRUE(read_blob_header(file->get(), 2058));
}

}  // namespace
}  // namespace vc::storage
