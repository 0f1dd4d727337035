//! From the first start to an approved retro.
