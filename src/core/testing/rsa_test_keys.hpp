// Private keys that were made for tests and are good for nothing else.
#pragma once

#include <string_view>

namespace vc {

// 2048 bits.
inline constexpr std::string_view kRsaTestKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCn52RhP7lufqcb\n"
    "+E9ELq4Fbv1Kh1A/cRJ/Cq6LWWuf+56yUnoGEJf41frwYUYDTO3ri4/SPH6I2Ui/\n"
    "kH63ZRAqwXtl0M7Wtw1ZaUE4lye17JCX0Wi9jzXqDxLip0bJAxckenyKjJqTunSn\n"
    "YYusuCzRQqkdsD5JKn39u2CIQ/h6IBMUoGRDShxmOnZ71fye7wlFUrzBTI9Xm4/q\n"
    "BnTHoADjQX8tPVbg6nN2tndMdvVR208k3dTGgnKCah5zaOyOZ2d+FrEKhsSlP6hw\n"
    "n/nMfV/ohKOMV2Oqiu0PDCgdPkuHBPPR0hqZLiYjToP0Q15jAVv+WndmemBU4hyC\n"
    "gnSBNHfhAgMBAAECggEAJbvmfsaL/W2gT7Rj2A5nlJgHe57iZYebYQq9BFsxyVAK\n"
    "r8fCXaeQB9/LGAe8bNR2qdeBGH347/dpFog6OiwP0JQQD+c3/OBBs0To3/d0eLm0\n"
    "GzJ4SBWtx67gjyiJy3YS1uNiJt8HhEjEm7Nb6RKxG8xP5nir3tSaYRIh1S31YziB\n"
    "NNdnHhJ9rGwqxqi8QcLI3t9U/2i2QOH/pphBe/qj2JUKBKRCSj4YoHrr7GAgbsd0\n"
    "k6TIvx1AxxxJrGoDY8JK8qUMK2xxUrZaq9dJukC4pQjxZ5BKgVcF+kgI9EGaashZ\n"
    "uOVeFlGVhouChqpMpPE4ivuVhXTGtzm6VWbc/kvNGQKBgQDrEKy7jujOZcZUwFUL\n"
    "MrDM12wvzEo1qZOAKBzTeGjmMO2QSblhMR2xPPw8EwG78YP8LQNQGahKStL0aGRh\n"
    "mAUjaiEXiPYMXHO1mYBtPRIUHPP/0djfoM9FXR7GLdO25xXILd5SYvq8GCa5Q/MS\n"
    "VFavXz3RnrRMMSCptqecVQGj9QKBgQC223x+ZidgmepmLtHLIcfyD5GlN5Wgrj6P\n"
    "V9Go8/8G03Dw1REbARgQt8042MPaBAFMSsPALoZu89z9EMSH8SqSoAAVcZlCKtHR\n"
    "GZKRg1/yqNpjq3KDR5ermbt6Ep7/3EcBsfXDiqdHzNxAZEGaw6AbU/Y3r8zABeMN\n"
    "1/mRUK08vQKBgDsPO3b8Vv3UkFom4Lcpi0ZMMcBooZSOAKNIcMWpESIU1PtVqqAC\n"
    "ySUI347wb5Ua/0BSxuxPJftUhWAnAmGK4m+dcKcLIFbGu8O6x4uqtmobRCrYPJcj\n"
    "PjB9TwgX54Oi19QtwhgNClZL8x7FNcM7MXRqh4utRjuGdGBvpfkfWoQpAoGAJ8Jt\n"
    "vWYk5cJRz0oa39pGiYGNH6mIZVm9zJlBw0TajPdotVT+1SpVuzzb6KJpY3w/dAFF\n"
    "swHqxTFNOdFtikmMAjm8Cu2ab2K0II04617ve+nvIoDi81ybw/o3Y4GtBOE2p020\n"
    "rIH3gYsv0Oh7w1UJ+Sc2gEE/eflNt3LglxI9uNkCgYBKBbgcTKdlR6ZQWkDkrd3h\n"
    "x8zz5nfKKv9shMtEeDFpfiOfsq6uVIoJvmFrxnWj4Ej8mpV/zPOFYBzhQNsokDRi\n"
    "eWx4tlp5eKAi2FyS5QZwVobkreWx1buuG66k6pbGL1JNpSpQ6SltlkmiLhx8F+B0\n"
    "8sPp01fEgsTNplamabXm8A==\n"
    "-----END PRIVATE KEY-----\n";

// By `openssl dgst -sha256 -sign`, of "message".
inline constexpr std::string_view kRsaTestSignature =
    "8529a3da5511ec1119c29971c0b0fcc6423c201e70408f1fee3ebabf8c2488d320e2442a7b594c02"
    "4bcc69f9d700860ded505688241df52d1f727cb1aaaf2c092c0284e2de122adc5bf5ed92d19db195"
    "a4c0e38f814ae413e796d3f31a7823b555a68e929c5a38d9a8e66606da8fc2fe1fd09ed8adc8c6a7"
    "d3e196f1810efced3b08d32c925551a4ee969431ab4f1d75fdd9b18503bfb1abab4219995a076ed1"
    "b9f373c33ce9948958e6593ba07e754fb998bfe5f63a0591f8cc3533407aaf2082f96301e9acd8b1"
    "aab0107b8ca04d717eb0879092d508be456229f0252a2e30e4255c3a6db63ad0bdec63193e8f160c"
    "3175614645bb25d88cb819abed07ba56";

// 1024 bits.
inline constexpr std::string_view kShortRsaTestKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAN2UKkyRx6tCx4Sj\n"
    "jwo/yRneI//mC/ysvxF1qkLiZVRVk+msMBm5IjU9ffRHXsaFQoiOixRaFh4s4JmX\n"
    "GXrCQkOz+A1JNjRqdm6Iti8fQLAD96MrRZMK6Ojkwq2N3JmrzcG4FpAllFq/steI\n"
    "TyQfnTXGSAqtolPmEw3ehrhB/N+bAgMBAAECgYEAl8kNiNI8MydVwZjBPcYgHmY7\n"
    "xupxv68eW/l8nsCzpSfSYTog4R4fPtVW2OWjGN7kiuMKhvCHQjh/yvbk72DvPmdQ\n"
    "e7GAoCQfIWYpv7G0sc8u/ekXDewq3WIE1TeklEIfd605J/+xnoHTJFJ1RWyJ90xh\n"
    "A1u2wBa9xbeomu/1u6ECQQDxBiQwW5H2TU/gBNjmvSauvcCPiK3384HG/CEzU6rc\n"
    "4E8ksxoom+Eb9t1p8AtYy+s9F1cOLR3IxOBfPpYnorDZAkEA61i3tw6y5R3JSa99\n"
    "dLGjBFEn5B4dFjFqpY7aMvNWtkWypKCpooud4BQIC8XXhTXKL6OjnjbRVaUlm8Hf\n"
    "1rgLkwJBAOi2YkiikUq7mOyWIYqfhPLg2UR81mP6JAqpM7EoDmgW17N6jj45S19B\n"
    "usRndb01npqsp2xTmVdY575uYnJAffkCQQDgy8oXkXOxQ4VL29NCjpZ+fiJTU6xG\n"
    "0YbjgpLLDgHqcqKTe17tAt0W9ytES4J0HA/29yBG9Gd5nhhRMZtkFkH/AkAfHqgC\n"
    "KJoh4PMZUr/k4K2YBC/90zQeH6xqz6vdP/J5ZFAOnW5Ev/rXuY4Mk7WORTeH2GtE\n"
    "2WmJrWGwprS2MOFB\n"
    "-----END PRIVATE KEY-----\n";

// A good key, but not RSA.
inline constexpr std::string_view kEd25519TestKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIAOs35DVI3eqs7+GaxZQ+P2ZnCYmCiRW5jE1RUp6QLCq\n"
    "-----END PRIVATE KEY-----\n";

// kEd25519TestKey behind a passphrase.
inline constexpr std::string_view kEncryptedTestKey =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAinUzgvLJGJRQICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEELOPV4FfzI+nI0UX7M9TzVQEQCrY\n"
    "MI70+a7BEjVGVOy3li4eaWVCThMPknTDmaqZoRPBXi0x+D8tlHgQWA5TCbtzXK4T\n"
    "Kpaz81EcHUmoiuNNTBQ=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

}  // namespace vc
