//! One path and the methods that it takes.
//!
//! A thin layer over actix's resources that remembers what was registered: so that a wrong method is answered by 405
//! with `Allow` (RFC 9110, section 15.5.6), and a test can prove that the OpenAPI document names every route.

use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder, Route,
    http::{Method, header},
    web,
};

/// A path below `/api/v1`, with its handlers.
pub struct Endpoint {
    path: &'static str,
    methods: Vec<Method>,
    routes: Vec<Route>,
}

macro_rules! methods {
    ($($name:ident => $method:ident),*) => {$(
        pub fn $name<F, Args>(self, handler: F) -> Self
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            self.route(Method::$method, handler)
        }
    )*};
}

impl Endpoint {
    pub fn at(path: &'static str) -> Self {
        Self { path, methods: Vec::new(), routes: Vec::new() }
    }

    methods!(post => POST, put => PUT, patch => PATCH, delete => DELETE);

    /// GET, and HEAD with the same headers (RFC 9110, section 9.3.2).
    pub fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.route(Method::GET, handler.clone()).route(Method::HEAD, handler)
    }

    fn route<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.routes.push(web::method(method.clone()).to(handler));
        self.methods.push(method);
        self
    }

    #[cfg(test)]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// In the order of registration.
    #[cfg(test)]
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// The actix resource, which refuses any other method by 405.
    pub fn into_resource(self) -> Resource {
        let allow = self.methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let resource = self.routes.into_iter().fold(web::resource(self.path), Resource::route);
        resource.default_service(web::to(move || {
            let response = HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, allow.clone())).finish();
            std::future::ready(response)
        }))
    }
}
