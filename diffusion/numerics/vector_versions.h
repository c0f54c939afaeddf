#pragma once

// One version of a function for each vector length that processors have; the loader takes the widest. For
// innermost loops.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define SCOREFEM_VECTOR_VERSIONS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SCOREFEM_VECTOR_VERSIONS
#endif
