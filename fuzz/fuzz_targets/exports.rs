#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| hindcast_fuzz::run("exports", data));
