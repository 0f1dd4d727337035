//! Types that the API gives, made from those of the rooms below.

/// A type that the API gives. A field is taken over from the one of the same name; where it is made otherwise, it says how.
macro_rules! shown {
    (
        $(#[$meta:meta])*
        pub struct $name:ident from $from:ty as $it:ident {
            $($(#[$told:meta])* $field:ident: $type:ty $(= $value:expr)?,)*
        }
    ) => {
        #[derive(Debug, serde::Serialize, schemars::JsonSchema)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$told])* pub $field: $type,)*
        }

        impl From<$from> for $name {
            fn from($it: $from) -> Self {
                $name { $($field: $crate::api::shown::shown!(@ $it $field $(= $value)?),)* }
            }
        }
    };
    (@ $it:ident $field:ident = $value:expr) => { $value };
    (@ $it:ident $field:ident) => { $it.$field };
}
pub(crate) use shown;
