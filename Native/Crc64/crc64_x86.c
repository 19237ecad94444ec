/* CRC-64 "Jones" with PCLMULQDQ (Native/Crc64.cs): in C because the native compiler of .NET 10 folds Pclmulqdq.IsSupported to false in a
   program for baseline processors (docs/BUILDING.md); to be deleted when it does not. Nothing here on other processors. */
#ifdef __x86_64__
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

/* Folds each sixteen bytes into the next sixteen: Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction",
   Intel 2009. The checksum of what is left in folded, from 0 on, is that of all.
   blocks: at least 1. keys: x^191 and x^127 modulo the polynomial, reflected. */
__attribute__((target("pclmul"))) void epollsrv_crc64(uint64_t checksum, const uint8_t *data, size_t blocks, const uint64_t *keys, uint64_t *folded)
{
    const __m128i *next = (const __m128i *)data;
    __m128i key = _mm_loadu_si128((const __m128i *)keys);
    __m128i sum = _mm_xor_si128(_mm_loadu_si128(next++), _mm_cvtsi64_si128((long long)checksum));
    while (--blocks > 0) {
        __m128i product = _mm_xor_si128(_mm_clmulepi64_si128(sum, key, 0x00), _mm_clmulepi64_si128(sum, key, 0x11));
        sum = _mm_xor_si128(product, _mm_loadu_si128(next++));
    }
    _mm_storeu_si128((__m128i *)folded, sum);
}
#endif
